import { isPausing } from '../../store/run/foreign-messages.ts';
import { ApplicationFailure } from '@temporalio/common';
import type { ForeignEnd, RunAgentInput } from '../../contracts/agent-run.ts';
import type { UnavailableDetail } from '../../domain/run/failure-types.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { longWaitText, toLongWait } from '../../domain/run/long-wait.ts';
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
 * retried, when somebody killed the program; `Paused`, which is final
 */
export async function endOf(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  input: RunAgentInput,
  { followed: { end, cut, asks }, looking, signal, token }: Ending,
): Promise<ForeignEnd> {
  const { isSilent = false } = looking.crewman.runner;
  if (cut === 'paused') return paused(isSilent);
  if (cut === 'loops') return { kind: 'loops', what: 'the same calls' };
  if (cut === 'limit' || end.status === 'limit') {
    const message = `no end after ${input.lastTurn} turns: give the agent a higher max_turns, or a smaller task`;
    return failed(failureTypes.turnsExhausted, message);
  }
  const isCutShort = ['refused', 'failed'].includes(end.status);
  // A program that a pause holds up may give up by itself: it goes on with the run.
  if (isCutShort && (await isPausing(dependencies.store.sql, run.no))) return paused(isSilent);
  // A program that says nothing of it may take itself for done without what was refused to it.
  const refusal = isCutShort || isSilent ? await refusalOf(dependencies, run, { ...input, token }) : null;
  if (refusal) return refusal;
  switch (end.status) {
    case 'finished':
      return lookAtWork(dependencies, run, { ...looking, end, step: input }, signal);
    case 'deferred':
      if (asks) return { kind: 'asks', call: asks };
      return failed(failureTypes.agentFailed, `${end.reason}, and nobody asked it to`);
    case 'refused':
      throw ApplicationFailure.retryable(end.reason, failureTypes.modelUnavailable);
    case 'killed':
      throw ApplicationFailure.retryable(end.reason, failureTypes.agentFailed);
    case 'denied':
    case 'failed':
      return failed(failureTypes.agentFailed, end.reason);
  }
}

// Its attempt fails by it, and what it said is kept.
function failed(type: string, message: string): ForeignEnd {
  return { kind: 'stopped', type, message, details: [] };
}

// What no session can be gone on with begins anew, and what it was answered comes from the gateway.
function paused(isSilent: boolean): ForeignEnd {
  if (isSilent) throw finalFailure(failureTypes.paused, 'the run was paused: the program begins anew when it goes on');
  return { kind: 'paused' };
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
    case 'later': {
      const now = Date.now();
      const wait = toLongWait(Math.max(0, Date.parse(refusal.until) - now), now);
      const detail: UnavailableDetail = { isRateLimit: true, wait };
      const message = `${refusal.message}: ${longWaitText(wait)}`;
      return { kind: 'stopped', type: failureTypes.modelUnavailable, message, details: [detail] };
    }
    default:
      return null;
  }
}
