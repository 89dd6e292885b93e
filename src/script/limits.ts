import type { ScriptLimits } from './script-host.ts';

/** What a script may take unless its run says less. */
export const scriptLimits: ScriptLimits = {
  agents: 1000,
  itemsPerCall: 4096,
  memoryBytes: 64 * 1024 * 1024,
  steps: 30_000_000,
};
