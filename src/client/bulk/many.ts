import type { JsonObject } from '../../domain/json.ts';
import type { RunLabels } from '../../domain/run-labels.ts';
import type { RunPriority } from '../../domain/run-priority.ts';
import type { StartSettings, StartSource } from '../start-options.ts';

/** What starts many runs of one workflow. Paths may be relative to the connection's folder. */
export type StartManyOptions = StartSource &
  Omit<StartSettings, 'inputs' | 'reuse'> & {
    /** Names them all: its runs are `ID-1`, `ID-2`, … The same id goes on where it stood. */
    id: string;
    /** Inputs of each run, in their order. */
    each: readonly JsonObject[];
    /** What `each` comes from, in messages; default: `each`. */
    eachFile?: string;
    /** Inputs of all of them, below their own. */
    inputs?: JsonObject;
    /** Most runs that are open at a time, from 1 to 1,000; default: 20. */
    parallel?: number;
    /** Module that exports rules of a scripted model. Only where the connection starts workers. */
    script?: string;
    /** Lets agents' commands run without a sandbox. */
    allowUnsandboxedShell?: boolean;
    /** What people find each of them by, besides `bulk=ID`: at most 13. */
    labels?: RunLabels;
    /** Before whom they get a place at a worker; default: `normal`. Where the server keeps fairness they count together as one run. */
    priority?: RunPriority;
    /** Hears how they stand, at the beginning and whenever one starts or ends. */
    onProgress?: (progress: ManyProgress) => void;
    /** Once it aborts no more are started, and those that are open are left as they are. */
    signal?: AbortSignal;
  };

/** How many runs stand. */
export interface ManyProgress {
  total: number;
  /** So many have been checked, while that goes on: nothing is started before all were. Left out: they were. */
  checked?: number;
  open: number;
  succeeded: number;
  /** Ended in another way. */
  failed: number;
  costUsd: number;
  /** Some called models whose price nobody knows: that is not in `costUsd`. Left out: none did. */
  isUncounted?: true;
  /** How long the rest will take, in ms, as those took that ended meanwhile; null: none has. */
  leftMs: number | null;
}

/** What came of one of many runs. */
export interface ManyRun {
  /** Its place in `each`, from 1. */
  line: number;
  runId: string;
  /** As {@link RunEntry.status}; `open`: it goes on; `not-started`: its turn did not come. */
  status: string;
  reason: string | null;
  costUsd: number;
  isUncounted?: true;
  totalTokens: number;
  durationMs: number;
}

/** What came of many runs, in their order. */
export interface ManyReport extends Omit<ManyProgress, 'leftMs' | 'checked'> {
  id: string;
  runs: ManyRun[];
}
