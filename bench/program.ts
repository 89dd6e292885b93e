import type { Plan } from '../src/domain/plan/plan.ts';
import type { ModelAccount } from '../src/models/provider.ts';
import type { WorkerTuning } from '../src/domain/run/worker-tuning.ts';
import type { TemporalTarget } from '../src/domain/temporal-target.ts';
import type { Cell } from './cell.ts';
import type { GraphProgram } from './graph/run-graph.ts';

/** Where both programs run. */
export interface Surroundings {
  temporal: TemporalTarget;
  databaseUrl: string;
  model: ModelAccount & { baseURL: string };
  /** What our worker does at once; left out: what it does for users who say nothing. */
  tuning?: WorkerTuning;
}

/** Ours, with a workflow for each task, with tasks inside the run's own or in slices, and the one it is compared with. */
export const programNames = ['child', 'inline', 'auto', 'plain'] as const;

/** One of {@link programNames}. */
export type ProgramName = (typeof programNames)[number];

/** One of the programs that are compared, with its worker in a process of its own. */
export interface Program extends GraphProgram {
  /** Runs a crew to its end. @throws Error when it did not do the whole work */
  run(cell: Cell, runId: string): Promise<void>;
  /** Counts what the run's tools did. @throws Error when a row is missing or too many */
  check(cell: Cell, runId: string): Promise<void>;
  /** Runs a plan to its end; only ours have plans. @throws Error when it did not succeed */
  runPlan?(plan: Plan, runId: string): Promise<void>;
  /** Begins a plan; only ours have plans. @returns what cancels its run, and waits until it is */
  beginPlan?(plan: Plan, runId: string): Promise<() => Promise<void>>;
  /** How many attempts of a run's tasks failed; only ours have tasks. */
  failedAttempts?(runId: string): Promise<number>;
  /** Questions of a run's agents that were answered: when, in ms since 1970, and the key of its asker's next model call. */
  answeredAsks?(runId: string): Promise<{ runKey: string; asks: { at: number; nextCall: string }[] }>;
  /** Kills its worker as a crash does, and starts it anew at once. @returns when the old one was gone, in ms since 1970 */
  restart(): Promise<number>;
  stop(): Promise<void>;
}

/** @throws Error when what was counted is not what the work takes */
export function expectRows(runId: string, found: unknown, wanted: object): void {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  throw new Error(`${runId}: the database has ${JSON.stringify(found)}, the work takes ${JSON.stringify(wanted)}`);
}
