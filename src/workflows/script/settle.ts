/** Promises that follow from one thing that reaches a script, at most: by then it has come to rest. */
const settlingTicks = 100;

/** Waits until a script has done all that it does at once. */
export async function settle(): Promise<void> {
  for (let tick = 0; tick < settlingTicks; tick++) await Promise.resolve();
}
