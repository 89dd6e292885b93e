/* What stands in the way of an attempt, whoever drives it. L2-L4: see agent-loop.ts. */
import type { AgentTaskInput, AgentTaskProgress } from '../../contracts/agent-task.ts';
import type { CallModelInput } from '../../contracts/turn.ts';
import { toRequestId } from '../../domain/ids/request-id.ts';
import type { ReachedLimit } from '../../domain/money/reached-limit.ts';
import { heldText, spentText } from '../../domain/money/reached-limit.ts';
import type { UnavailableDetail } from '../../domain/run/failure-types.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { byTime } from '../../domain/run/long-wait.ts';
import { circleText, loopLimit } from '../../domain/turns/loop-detection.ts';
import { queueSummary, restSummary } from '../../domain/run/timer-words.ts';
import { finalFailure } from '../base/failures.ts';
import type { RunLink } from './run-link.ts';

/** Whether the next call is made although its provider asks to wait. */
export type Insists = Pick<CallModelInput, 'insists'>;
/** Waits for what stands in the way of the next turn, or gives up. @throws ApplicationFailure what it was that cannot be overcome */
export async function overcome(
  input: AgentTaskInput,
  link: RunLink,
  { turns }: { turns: number },
  { type, message, details }: { type: string; message: string; details?: unknown[] },
): Promise<Insists> {
  const limit = type === failureTypes.budgetExceeded ? (details?.[0] as ReachedLimit | null | undefined) : null;
  if (limit?.freeAt && limit.isHeld) {
    // L4
    await link.queue(Math.max(500, Date.parse(limit.freeAt) - Date.now()), queueSummary(input.taskId, heldText(limit)));
    return {};
  }
  if (limit?.freeAt && input.waitsForBudget) {
    // A limit of money per minute: time alone makes room, or a higher limit.
    const summary = restSummary(input.taskId, spentText(limit));
    await link.rest(Math.max(500, Date.parse(limit.freeAt) - Date.now()), summary);
    return {};
  }
  const wait =
    type === failureTypes.modelUnavailable ? (details?.[0] as UnavailableDetail | undefined)?.wait : undefined;
  const cause =
    type === failureTypes.modelRejected || wait
      ? ('provider' as const)
      : type === failureTypes.budgetExceeded && input.waitsForBudget
        ? ('budget' as const)
        : null;
  if (cause === null) throw finalFailure(type, message);
  const id = toRequestId({ kind: cause, taskId: input.taskId, attempt: input.attempt, turn: turns });
  const what = cause === 'budget' ? 'a higher limit' : 'the provider to accept calls again';
  const request = { id, taskId: input.taskId, cause, what, detail: message, approval: null };
  const answer = await link.wait({ ...request, ...(limit && { limit }), ...(wait && { until: wait.askAt }) });
  if (answer.outcome === 'halted') throw finalFailure(type, message);
  return wait && answer.by !== byTime ? { insists: true } : {};
}

/** What an agent that goes round in circles is told, by whoever helps it. @throws ApplicationFailure `TurnsExhausted` when nobody does */
export async function helpOutOfLoop(
  input: AgentTaskInput,
  link: RunLink,
  { turns: turn }: Pick<AgentTaskProgress, 'turns'>,
  what: string,
): Promise<{ text: string }> {
  const detail = `${circleText}: ${loopLimit} times in a row the same step with the same result (${what})`;
  if (!input.hasManager) throw finalFailure(failureTypes.turnsExhausted, detail);
  const id = toRequestId({ kind: 'loop', taskId: input.taskId, attempt: input.attempt, turn });
  const { text, by } = await link.wait({
    ...{ id, taskId: input.taskId, cause: 'blocker' as const, what: 'a way out of a circle', detail, approval: null },
  });
  return { text: `You go round in circles. ${by} says: ${text}` };
}
