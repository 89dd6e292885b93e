import { isPausing } from '../../store/run/foreign-messages.ts';
import { ApplicationFailure } from '@temporalio/common';
import type { ForeignEnd, RunAgentInput } from '../../contracts/agent-run.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { findRefusal } from '../../store/gateway/calls.ts';
import { awaitCancel } from '../base/activity-context.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { finalFailure } from '../base/to-failure.ts';
import type { Followed } from './follow-session.ts';
import type { Crewman } from './open-session.ts';
import { lookAtWork } from './look-at-work.ts';

interface Ending {
  followed: Followed;
  looking: { crewman: Crewman; before: string | null };
  signal: AbortSignal;
  /** What let it in at the gateway. */
  token: string;
}

/**
 * What a session's end means for its attempt.
 *
 * @throws ApplicationFailure `ModelUnavailable`, retried, when the provider could not be reached; `AgentFailed`,
 * retried, when somebody killed the program; `TurnsExhausted`, `AgentFailed`, which are final
 */
export async function endOf(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  input: RunAgentInput,
  { followed: { end, cut, asks }, looking, signal, token }: Ending,
): Promise<ForeignEnd> {
  if (cut === 'paused') return { kind: 'paused' };
  if (cut === 'loops') return { kind: 'loops', what: 'the same calls' };
  if (cut === 'limit' || end.status === 'limit') {
    const message = `no end after ${input.lastTurn} turns: give the agent a higher max_turns, or a smaller task`;
    throw finalFailure(failureTypes.turnsExhausted, message);
  }
  const isCutShort = ['refused', 'failed'].includes(end.status);
  // A program that a pause holds up may give up by itself: it goes on with the run.
  if (isCutShort && (await isPausing(dependencies.store.sql, run.no))) return { kind: 'paused' };
  const refusal = isCutShort ? await refusalOf(dependencies, run, { ...input, token }) : null;
  if (refusal) return refusal;
  switch (end.status) {
    case 'finished':
      return lookAtWork(dependencies, run, { ...looking, end }, signal);
    case 'deferred':
      if (asks) return { kind: 'asks', call: asks };
      throw finalFailure(failureTypes.agentFailed, `${end.reason}, and nobody asked it to`);
    case 'refused':
      throw ApplicationFailure.retryable(end.reason, failureTypes.modelUnavailable);
    case 'killed':
      throw ApplicationFailure.retryable(end.reason, failureTypes.agentFailed);
    case 'denied':
    case 'failed':
      throw finalFailure(failureTypes.agentFailed, end.reason);
  }
}

// What the gateway would not let through: that is why it ended, whatever it says itself.
async function refusalOf(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
  { taskId, attempt, epoch, token }: RunAgentInput & { token: string },
): Promise<ForeignEnd | null> {
  const refusal = await findRefusal(store.sql, { no: run.no, taskId, attempt, epoch }, token);
  switch (refusal?.kind) {
    case 'budget':
      return { kind: 'stopped', type: failureTypes.budgetExceeded, message: refusal.text, details: [refusal.limit] };
    case 'provider':
      return { kind: 'stopped', type: failureTypes.modelRejected, message: refusal.message, details: [] };
    case 'cancelled':
      return awaitCancel(run.runId);
    default:
      return null;
  }
}
