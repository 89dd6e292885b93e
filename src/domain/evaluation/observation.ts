/** How one step of one case came out once: what comparisons of runs are made of. */
export interface Observation {
  /** What was asked for, the same before and after: the hash of a run's inputs. */
  case: string;
  /** A task's id. */
  step: string;
  /** 0 to 100. */
  score: number;
  /** Left out: passed from `passScore` on. */
  passed?: boolean;
}

/** Scores from here on count as passed where nothing else says whether a step passed. */
const passScore = 60;

/** Whether a step counts as passed. */
export function hasPassed({ score, passed }: Pick<Observation, 'score' | 'passed'>): boolean {
  return passed ?? score >= passScore;
}

/** Sorts things by a key, in the order in which the keys come. */
export function groupBy<Value>(values: readonly Value[], keyOf: (value: Value) => string): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}
