/** How much work is done: `runs` at once, each of `workers` side by side, each of these `turns` tool calls and one last answer. */
export interface Shape {
  runs: number;
  workers: number;
  turns: number;
}

/** One cell of the table. */
export interface Cell extends Shape {
  /** From a request to its answer, in ms. */
  latencyMs: number;
}

/** Model calls of all runs: one a turn, and the last answer. */
export function callsOf({ runs, workers, turns }: Shape): number {
  return runs * workers * (turns + 1);
}

/** The time a run takes when nothing but the model takes any, in ms. */
export function idealMsOf({ turns, latencyMs }: Cell): number {
  return (turns + 1) * latencyMs;
}

/** `20x10`, or `200*2x2` for several runs at once. */
export function shapeName({ runs, workers, turns }: Shape): string {
  return `${runs > 1 ? `${runs}*` : ''}${workers}x${turns}`;
}

/** What the worker with that number is asked for: both programs' requests hold the same texts. */
export function promptOf(runId: string, worker: number): string {
  return `You are worker ${worker} of ${runId}. Work through your issue step by step, and note each step on it.`;
}

/** The system prompt of every worker. */
export const system =
  'You are a careful worker. Keep your issue on the board up to date; close it when the work is done.';

/** The model of every worker. */
export const model = 'claude-haiku-4-5';

/** Limit of one answer, in tokens. */
export const maxTokens = 1024;
