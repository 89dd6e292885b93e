/** Holm's correction: p-values that may each be held against one level, however many there are, in the order they were given. */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((one, other) => values[one]! - values[other]!);
  const adjusted = values.map(() => 1);
  let highest = 0;
  order.forEach((at, rank) => {
    highest = Math.max(highest, Math.min(1, values[at]! * (values.length - rank)));
    adjusted[at] = highest;
  });
  return adjusted;
}
