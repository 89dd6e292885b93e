import { ApplicationFailure } from '@temporalio/common';
import type { ToldUsage } from '../../domain/money/usage.ts';
import { noUsage } from '../../domain/money/usage.ts';
import type { ModelAnswer } from '../../models/model.ts';
import { ModelError } from '../../models/model.ts';
import type { Moment } from '../../store/gates/model-gates.ts';
import { isCalledOff } from '../base/activity-context.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { isLongWait, toFailure } from '../base/to-failure.ts';
import { billBrokenCall } from '../money/bill-broken-call.ts';
import { giveBack } from '../money/call-up.ts';
import { GateClosed, passGate, tellOpen, tellRefusal } from '../../calls/pass-gate.ts';
import { withinChat } from '../tracing/chat-span.ts';
import { commitAnswer } from './commit-answer.ts';
import type { FittingAnswer } from './fit-request.ts';
import { completeFitting } from './fit-request.ts';
import type { FrozenCall } from './frozen-call.ts';

/** How far a call came. Null: not there yet. */
interface Reached {
  /** Who asked the gate, and when the call went out. */
  asked: { moment: Moment; at: number } | null;
  /** What the provider has counted of it so far. */
  told: ToldUsage | null;
}

/**
 * Makes a frozen call when its turn comes. One that breaks off is paid for what it had used by then.
 *
 * @throws ApplicationFailure as {@link toFailure} makes it
 */
export async function askModel(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  call: FrozenCall,
  signal: AbortSignal,
): Promise<FittingAnswer> {
  const { request, reserved } = call;
  const { gates } = call.access;
  const reached: Reached = { asked: null, told: null };
  try {
    const wanted = { model: request.model, tokens: reserved.tokens, insists: call.input.insists === true };
    const moment = await passGate(gates, wanted, signal);
    signal.throwIfAborted();
    reached.told = noUsage;
    reached.asked = { moment, at: performance.now() };
    const onUsage = (usage: ToldUsage): void => void (reached.told = usage);
    const chat = { ...call, provider: call.access.provider, runId: run.runId };
    const told = (error: unknown): ToldUsage => usageOf(error, reached.told ?? noUsage);
    const answer = await withinChat(dependencies.spans, chat, told, () =>
      completeFitting(call, { signal, onUsage, ...speakerOf(dependencies, run, call) }).catch((error: unknown) =>
        keptOf(error, call),
      ),
    );
    await tellOpen(gates, request.model, moment);
    return answer;
  } catch (error) {
    await settle(dependencies, run, call, { ...reached, error, signal });
    throw toFailure(error);
  }
}

/** What passes the answer on while it comes; nothing where it is for nobody's conversation. */
function speakerOf(
  { store }: ActivityDependencies,
  run: FrozenRun,
  { input, key, calls, isAside }: FrozenCall,
): { onText?: (text: string) => void } {
  if (isAside) return {};
  const { taskId, agent: agentName, attempt, turn } = input;
  return { onText: store.deltas.speak(run.no, { taskId, agentName, attempt, turn, call: `${key}#${calls}` }) };
}

// A broken answer that came to its end is paid for in full, so it is asked for again once; then what can be kept of it counts.
function keptOf(error: unknown, { calls }: FrozenCall): ModelAnswer {
  if (error instanceof ModelError && error.kept && calls > 1) return error.kept;
  throw error;
}

async function settle(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  call: FrozenCall,
  { asked, told, error, signal }: Reached & { error: unknown; signal: AbortSignal },
): Promise<void> {
  const { gates, client } = call.access;
  if (client.giveUp && signal.aborted) {
    // Where calls go on without this step, the next try of it gets the answer: nothing is broken.
    if (!isCalledOff(signal)) return;
    // What it costs counts all the same; a gateway that is not there has nothing under way.
    await client.giveUp(call.request.callKey).catch(() => undefined);
  }
  // It was under way, so the provider asks for what it had done: that is part of the run's cost, and of its story.
  if (isCalledOff(signal) && told !== null) {
    await commitAnswer(dependencies, run, call, cutOffAnswer(told));
    return;
  }
  // What is paid comes first: nothing after it may lose it.
  if (told !== null) await billBrokenCall(dependencies, run, { ...call, usage: usageOf(error, told), error });
  if (asked) {
    const { moment, at } = asked;
    await tellRefusal(gates, { model: call.request.model, error, moment, agoMs: performance.now() - at });
  }
  // Nothing will ask for this step again, so its reservation goes back; otherwise the retry takes it over (J4).
  const isFinal = isCalledOff(signal) || isLast(error);
  if (isFinal) await giveBack(dependencies, run, call);
}

function isLast(error: unknown): boolean {
  if (error instanceof ModelError) return !error.isPassing || isLongWait(error);
  if (error instanceof GateClosed) return error.isLong;
  return error instanceof ApplicationFailure && error.nonRetryable === true;
}

// A broken answer that came to its end was counted to its end.
function usageOf(error: unknown, told: ToldUsage): ToldUsage {
  return (error instanceof ModelError && error.kept?.usage) || told;
}

function cutOffAnswer(usage: ToldUsage): ModelAnswer & { isCutOff: true } {
  return { content: [{ type: 'text', text: '(cut off by a cancel)' }], stopReason: 'end_turn', usage, isCutOff: true };
}
