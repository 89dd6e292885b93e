import type { ScriptLimits } from './script-host.ts';

/** What a script may take unless its run says less. */
export const scriptLimits: ScriptLimits = {
  agents: 1000,
  itemsPerCall: 4096,
  logLines: 1000,
  memoryBytes: 64 * 1024 * 1024,
  // Two seconds of a common machine: a workflow task has ten.
  steps: 5000,
  stepsInAll: 20_000,
};
