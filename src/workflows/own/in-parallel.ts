/**
 * Runs pieces of work side by side, at most `limit` at once; results in their order.
 *
 * @example
 * ```ts
 * import { type Crew, inParallel, runTask, type TaskOutcome } from 'gaffer-crew/workflow';
 *
 * export function writeAll(crew: Crew, chapters: string[]): Promise<TaskOutcome[]> {
 *   return inParallel(chapters.map((title) => () => runTask(crew, { agent: 'writer', prompt: `Write: ${title}` })), 3);
 * }
 * ```
 */
export async function inParallel<Result>(work: (() => Promise<Result>)[], limit = 10): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < work.length) {
      const index = next++;
      results[index] = await work[index]!();
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, work.length) }, lane));
  return results;
}
