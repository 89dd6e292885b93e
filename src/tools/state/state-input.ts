import { z } from 'zod';
import { formatLimit } from '../../domain/format.ts';
import type { JsonObject } from '../../domain/json.ts';
import { toMilliseconds } from '../../domain/duration.ts';
import { stateKeyProblem } from '../../domain/state/state-bounds.ts';
import type { StateActor } from '../../store/state/state-book.ts';
import { StateError } from '../../store/state/state-book.ts';
import type { ToolCall, ToolOutput } from '../tool.ts';

/** A key of the shared state, as tools take it. */
export const keyInput: z.ZodType<string, string> = z.string().superRefine((key, context) => {
  const message = stateKeyProblem(key);
  if (message !== null) context.addIssue({ code: 'custom', message });
});

/** A duration, as tools take it, at most so many ms. */
export function durationInput(mostMs: number): z.ZodType<string, string> {
  const isRight = (text: string): boolean => (toMilliseconds(text) ?? Infinity) <= mostMs;
  return z
    .string()
    .refine(isRight, { error: `expected a duration of at most ${formatLimit(mostMs)}, as 30s, 10m or 1h` });
}

/** Who the caller is towards the shared state. */
export function toActor({ runNo, taskId, attempt, actor }: ToolCall): StateActor {
  return { no: runNo, taskId, attempt, name: actor };
}

/** An answer to the model. */
export function answer(value: JsonObject): ToolOutput {
  return { content: JSON.stringify(value) };
}

/** What is refused is told to the model, and is no failure. */
export async function orRefused(work: () => Promise<ToolOutput>): Promise<ToolOutput> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StateError) return { content: error.message, isError: true };
    throw error;
  }
}
