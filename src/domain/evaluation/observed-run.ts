import type { Observation } from './observation.ts';

/** How a step of a run came out. `score` 0 to 100. */
export interface ObservedStep {
  score: number;
  passed: boolean;
}

/** What comparisons know of a run. `case`: hash of its inputs; `at`: when it began, ISO 8601. */
export interface ObservedRun {
  run: string;
  case: string;
  at: string;
  /** By the ids of its tasks. */
  steps: Record<string, ObservedStep>;
}

/** Runs as observations, those that began first first. */
export function toObservations(runs: readonly ObservedRun[]): Observation[] {
  return [...runs]
    .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
    .flatMap(({ case: name, steps }) => Object.entries(steps).map(([step, seen]) => ({ case: name, step, ...seen })));
}
