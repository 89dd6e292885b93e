/** One way in which a task was asked. */
export interface Way {
  /** The last run that had it. */
  run: string;
  agent: string;
  model: string;
}

/** What a paired test says about a change of a task. Points are of 100. */
export interface Recommendation {
  task: string;
  /** All of it in one line, for people. */
  text: string;
  /** As the run has it that is looked at; of two, the later one. */
  now: Way;
  /** What it is held against. */
  before: Way;
  /** What is different, by the words of `gaffer compare`. */
  changed: string[];
  /** Tasks before it that were asked differently, too. */
  changedBefore: string[];
  /** How `now` stands beside `before`. */
  verdict: 'better' | 'worse' | 'same';
  difference: number;
  interval: [low: number, high: number];
  p: number;
  pairs: number;
  pairOf: 'case' | 'run';
  margin: number;
  /** How much more `now` costs than `before`, as a share of that: −0.6 is 60 % less; null: no test says that it costs otherwise. */
  costChange: number | null;
}

/** A recommendation in one line for people. */
export function recommendationText(found: Omit<Recommendation, 'text'>): string {
  return found.changed.join() === 'model' && found.changedBefore.length === 0 ? ofModels(found) : ofChange(found);
}

function ofModels({ task, now, before, verdict, costChange, ...rest }: Omit<Recommendation, 'text'>): string {
  // Whoever is worth taking stands first: the better one, of two that are alike the cheaper one.
  const isNow = verdict === 'better' || (verdict === 'same' && costChange! < 0);
  const [good, other] = isNow ? [now, before] : [before, now];
  // Of what costs nothing at all there is no share.
  const turned = costChange === null || costChange === -1 ? null : 1 / (1 + costChange) - 1;
  const change = isNow ? costChange : turned;
  const how =
    verdict === 'same'
      ? `is as good as ${other.model} (same within ± ${rest.margin} points, ${evidence(rest)})`
      : `is better than ${other.model} by ${points(rest.difference)} (${range(rest, isNow)}, ${evidence(rest)})`;
  return `task ${task}: model ${good.model} ${how}${costs(change)}: name it there`;
}

function ofChange(found: Omit<Recommendation, 'text'>): string {
  const { task, before, verdict, difference, margin, costChange } = found;
  const since = `since ${changeWords(found)} changed`;
  if (verdict === 'same')
    return `task ${task} is as good as it was (same within ± ${margin} points, ${evidence(found)})${costs(costChange)} ${since}: ${costChange! > 0 ? `as it was in ${before.run} it is cheaper` : 'keep it so'}`;
  const how = `by ${points(difference)} (${range(found, true)}, ${evidence(found)})${costs(costChange)}`;
  const advice = verdict === 'worse' ? `as it was in ${before.run} it is better` : 'keep it so';
  return `task ${task} got ${verdict} ${how} ${since}: ${advice}`;
}

function changeWords({ changed, changedBefore, now, before }: Omit<Recommendation, 'text'>): string {
  const isOther = changed.includes('agent');
  // With another agent come its prompt and tools.
  const own = isOther ? changed.filter((word) => !['system', 'tools', 'model', 'limits'].includes(word)) : changed;
  const words = own.map((word) => {
    if (word === 'agent') return `its agent (${before.agent} → ${now.agent})`;
    if (word === 'model') return `its model (${before.model} → ${now.model})`;
    if (word === 'system') return `the system prompt of ${now.agent}`;
    return word === 'tools' ? `the tools of ${now.agent}` : `its ${word}`;
  });
  const all = [...words, ...changedBefore.map((task) => `what ${task} before it is asked`)];
  return all.length === 1 ? all[0]! : `${all.slice(0, -1).join(', ')} and ${all.at(-1)!}`;
}

function points(difference: number): string {
  return `${Math.abs(difference).toFixed(1)} points`;
}

function range({ interval: [low, high] }: Pick<Recommendation, 'interval'>, isAsIs: boolean): string {
  const ends = isAsIs ? [low, high] : [-high, -low];
  return `99 %: ${ends.map((end) => `${end > 0 ? '+' : end < 0 ? '−' : ''}${Math.abs(end).toFixed(1)}`).join(' to ')}`;
}

function evidence({ pairs, pairOf }: Pick<Recommendation, 'pairs' | 'pairOf'>): string {
  return `${pairs} pairs of ${pairOf}s`;
}

function costs(change: number | null): string {
  return change === null ? '' : ` and costs ${Math.round(Math.abs(change) * 100)} % ${change < 0 ? 'less' : 'more'}`;
}
