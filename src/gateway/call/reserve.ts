import type { Expected } from '../../calls/bill.ts';
import { toLimitInTheWay } from '../../calls/spend-limits.ts';
import { mostOf } from '../../domain/money/model-price.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ClaimedCall } from '../../store/gateway/calls.ts';
import { refuseCall } from '../../store/gateway/calls.ts';
import type { Exceeded, ModelIntent, Reservation } from '../../store/journal/entry.ts';
import { Refusal } from '../http/refusal.ts';
import type { Asking } from './asking.ts';
import type { CallIntent, Desk } from './desk.ts';
import { patienceMs } from './desk.ts';
import { insist } from './insist.ts';

/** A call whose money is held back. */
export interface Payable extends Expected {
  call: ClaimedCall;
  runKey: string;
  taskId: string;
  agent: string;
  reserved: Reservation;
}

/** An answer that is asked for without a limit is expected to be at most so long, in tokens. */
const usualAnswer = 16_384;
/** Calls that wait for money look again so often, in ms: not all who give back are this gateway. */
const lookEveryMs = 500;
/** What fits within so long, as less was spent by then, is waited for, in ms. */
const longestWaitMs = 65_000;

/** What a call is expected to use and to cost at most. */
export async function expectedOf(
  desk: Desk,
  { grant, runKey, read, provider }: Asking,
): Promise<Omit<Payable, 'call'>> {
  const facts = (await desk.factsOf(runKey)).modelFacts({ model: read.model, provider: provider.name });
  const maxTokens = read.answers * (read.maxTokens ?? Math.min(facts?.maxOutput ?? usualAnswer, usualAnswer));
  const price = facts?.price ?? null;
  const nano = price ? mostOf(price, read.inputTokens, maxTokens) : 0;
  const reserved = { nano, tokens: read.inputTokens + maxTokens };
  return { runKey, taskId: grant.taskId, agent: grant.agent, price, reserved, request: { maxTokens } };
}

/**
 * Holds back what a call may cost. One that does not fit as others hold something back waits for its turn (J7).
 *
 * @throws Refusal when it does not fit, or nothing may begin; Barred; the signal's reason when aborted
 */
export async function reserve(
  desk: Desk,
  asking: Asking,
  { call, expected }: { call: ClaimedCall; expected: Omit<Payable, 'call'> },
  signal: AbortSignal,
): Promise<Payable> {
  const payable: Payable = { ...expected, call };
  const intent = { ...(await toIntent(desk, asking, payable)), asker: asking.tokenHash };
  for (;;) {
    const begun = await insist(() => desk.store.journal.beginModel(intent), patienceMs);
    if (begun.state === 'fresh' || begun.state === 'resumed') return payable;
    if (begun.state === 'cancelled') {
      await refuseCall(desk.store.sql, call, { kind: 'cancelled' });
      throw new Refusal('stopped', 'the run is cancelled: nothing begins any more');
    }
    if (begun.state === 'done') throw new Error(`the call ${call.key} has an answer that is not there`);
    const waitMs = waitFor(begun.exceeded);
    if (waitMs === null) throw await tellExceeded(desk, payable, begun.exceeded);
    await desk.turns.wait(call.no, waitMs, signal);
  }
}

/** Gives back what a call held, as nothing came of it. */
export async function giveBack({ store, turns }: Desk, { call }: Pick<Payable, 'call'>): Promise<void> {
  await store.journal.drop(call.no, call.key, call.owner);
  turns.wake(call.no);
}

async function toIntent(desk: Desk, { provider, read, grant, runKey }: Asking, payable: Payable): Promise<ModelIntent> {
  const { call, price, reserved, taskId, agent } = payable;
  const { maxTokens } = payable.request;
  const { model } = read;
  const intent: CallIntent = { gateway: desk.self.id, taskId, agent, model: read.model, maxTokens, price };
  const facts = await desk.factsOf(runKey);
  return {
    no: call.no,
    key: call.key,
    holder: {
      ...{ token: call.owner, host: desk.self.host, pid: process.pid, workflowId: '', runId: '' },
      activityId: `gateway, ${provider.name}`,
    },
    message: null,
    intent: intent as unknown as JsonObject,
    reserve: reserved,
    scopes: [...(await facts.scopes(grant))],
    events: [
      {
        ...{ key: `invoke/${call.key}`, type: 'agent:invoke', taskId, agentName: agent, model, maxTokens },
        turn: call.turn,
      },
    ],
  };
}

/** How long a call waits before it looks again; null: it does not fit by waiting. */
function waitFor({ isHeld, freeAt }: Exceeded): number | null {
  if (isHeld) return lookEveryMs;
  if (freeAt === null) return null;
  const ms = Date.parse(freeAt) - Date.now();
  return ms > longestWaitMs ? null : Math.max(lookEveryMs, ms);
}

async function tellExceeded({ store }: Desk, { call, runKey }: Payable, exceeded: Exceeded): Promise<Refusal> {
  const { limit, text, event } = toLimitInTheWay(exceeded, call.key);
  if (event) await insist(() => store.events.append(runKey, [event]));
  await insist(() => refuseCall(store.commits, call, { kind: 'budget', limit, text }));
  return new Refusal('budget', text);
}
