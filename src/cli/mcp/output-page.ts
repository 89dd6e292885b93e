import type { Run, RunOutput } from '../../client/run.ts';

/** Longest text of one answer, in characters: assistants cut longer ones off, or pay for them at every turn. */
export const longestAnswer = 20_000;

/** A page of what came out of a run. `next`: where the one after it begins; left out: this is the last. */
export interface OutputPage {
  output: string;
  next?: number;
}

// A text that is all there is stands as it is: an assistant pays for each quote and backslash.
function asText(outputs: readonly RunOutput[]): string {
  const [first, ...others] = outputs;
  const isText = others.length === 0 && typeof first?.output === 'string';
  return isText ? (first.output as string) : JSON.stringify(outputs, null, 1);
}

/** A page of the outputs of a run that names some, once it has ended; else of what came out of a task, or of the last one. @throws UsageError */
export async function outputPage(
  run: Run,
  { task, from }: { task: string | undefined; from: number },
): Promise<OutputPage> {
  const { outputs } = task === undefined ? await run.view() : { outputs: {} };
  const isNamed = Object.keys(outputs).length > 0;
  const whole = isNamed ? JSON.stringify(outputs, null, 1) : asText(await run.output(task));
  const end = from + longestAnswer;
  return { output: whole.slice(from, end).toWellFormed(), ...(end < whole.length && { next: end }) };
}
