import type { JsonValue } from '../json.ts';

/** A script, frozen whole with those that it may call: what runs is what was looked at. */
export interface PlanScript {
  /** Absolute path of its file; of a text without one what messages call it. */
  file: string;
  source: string;
  /** What it gets as `args`; not there: nothing. */
  args?: JsonValue;
  whenToUse: string | null;
  phases: readonly { title: string; detail: string | null; model: string | null }[];
  /** Scripts that it names, by `toScriptKey`. */
  children: Record<string, FrozenScript | { problem: string }>;
}

/** A script that another one may call. */
export interface FrozenScript {
  file: string;
  source: string;
}
