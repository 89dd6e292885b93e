import type { Expected } from '../../calls/bill.ts';
import { toLimitInTheWay } from '../../calls/spend-limits.ts';
import { mostOf } from '../../domain/money/model-price.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { CallTerms } from '../../store/gateway/begin-call.ts';
import { beginCall, findBegun } from '../../store/gateway/begin-call.ts';
import type { Claimant, ClaimedCall } from '../../store/gateway/calls.ts';
import { forgetCall, refuseCall } from '../../store/gateway/calls.ts';
import type { Exceeded, ModelIntent, Reservation, ScopeLimit } from '../../store/journal/entry.ts';
import { Refusal } from '../http/refusal.ts';
import type { Asking } from './asking.ts';
import type { CallIntent, Desk } from './desk.ts';
import { patienceMs } from './desk.ts';
import { insist } from './insist.ts';

/** What a call is expected to use and to cost at most, and who asks for it. */
export interface ExpectedCall extends Expected {
  runKey: string;
  taskId: string;
  agent: string;
  reserved: Reservation;
}

/** A call that is ours to make. */
export interface Payable extends ExpectedCall {
  call: ClaimedCall;
}

/** An answer that is asked for without a limit is expected to be at most so long, in tokens. */
const usualAnswer = 16_384;
/** Calls that wait for money look again so often, in ms: not all who give back are this gateway. */
const lookEveryMs = 500;
/** What fits within so long, as less was spent by then, is waited for, in ms. */
const longestWaitMs = 65_000;

/** What a call is expected to use and to cost at most. */
export async function expectedOf(desk: Desk, { grant, runKey, read, provider }: Asking): Promise<ExpectedCall> {
  const facts = (await desk.factsOf(runKey)).modelFacts({ model: read.model, provider: provider.name });
  const maxTokens = read.answers * (read.maxTokens ?? Math.min(facts?.maxOutput ?? usualAnswer, usualAnswer));
  const price = facts?.price ?? null;
  const { cachesForHour } = read;
  const nano = price ? mostOf(price, read.inputTokens, { answerTokens: maxTokens, cachesForHour }) : 0;
  const reserved = { nano, tokens: read.inputTokens + maxTokens };
  return { runKey, taskId: grant.taskId, agent: grant.agent, price, reserved, request: { maxTokens, cachesForHour } };
}

/**
 * Claims a call that nobody has asked for before, and holds back what it may cost.
 *
 * @returns undefined where it is no such call, or does not fit, or may not begin: nothing was written, and it is claimed and reserved in turn
 */
export async function beginFresh(
  desk: Desk,
  asking: Asking,
  who: Claimant,
  expected: ExpectedCall,
): Promise<Payable | undefined> {
  const { grant, content } = asking;
  const scopes = (await scopesOf(desk, asking)).map(({ scope }) => scope);
  const terms = { ...termsOf(desk, asking, expected, who.owner), scopes };
  const begin = () => beginCall(desk.store.sql, who, { of: grant, content }, terms);
  const orDrop = async (error: unknown): Promise<never> => {
    await dropUnheard(desk, grant.no, who.owner);
    throw error;
  };
  const call = await insist(() => begin().catch(orDrop), patienceMs);
  return call && { ...expected, call };
}

// Its beginning may have been written, and the word of that lost: what nobody makes holds nothing back, and is not taken for lost later.
async function dropUnheard(desk: Desk, no: number, owner: string): Promise<void> {
  const call = await insist(() => findBegun(desk.store.commits, no, owner));
  if (!call) return;
  await insist(() => giveBack(desk, { call }));
  await insist(() => forgetCall(desk.store.commits, call));
}

async function scopesOf(desk: Desk, { grant, runKey }: Asking): Promise<readonly ScopeLimit[]> {
  return (await desk.factsOf(runKey)).scopes(grant);
}

/**
 * Holds back what a call may cost. One that does not fit as others hold something back waits for its turn (J7).
 *
 * @throws Refusal when it does not fit, or nothing may begin; Barred; the signal's reason when aborted
 */
export async function reserve(desk: Desk, asking: Asking, payable: Payable, signal: AbortSignal): Promise<void> {
  const { call } = payable;
  const { event, ...terms } = termsOf(desk, asking, payable, call.owner);
  const intent: ModelIntent = {
    ...{ ...terms, no: call.no, key: call.key, message: null, scopes: [...(await scopesOf(desk, asking))] },
    ...{ asker: asking.tokenHash, events: [{ ...event, key: `invoke/${call.key}`, turn: call.turn }] },
  };
  for (;;) {
    const begun = await insist(() => desk.store.journal.beginModel(intent), patienceMs);
    if (begun.state === 'fresh' || begun.state === 'resumed') return;
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

/** What is written down of a call before it is made, whatever its number. */
function termsOf(
  desk: Desk,
  { provider, read }: Asking,
  expected: ExpectedCall,
  owner: string,
): Omit<CallTerms, 'scopes'> {
  const { price, reserved, taskId, agent } = expected;
  const { maxTokens, cachesForHour } = expected.request;
  const { model } = read;
  const intent: CallIntent = {
    ...{ gateway: desk.self.id, taskId, agent, model, maxTokens, price },
    ...(cachesForHour && { cachesForHour: true }),
  };
  return {
    holder: {
      ...{ token: owner, host: desk.self.host, pid: process.pid, workflowId: '', runId: '' },
      activityId: `gateway, ${provider.name}`,
    },
    intent: intent as unknown as JsonObject,
    reserve: reserved,
    event: { type: 'agent:invoke', taskId, agentName: agent, model, maxTokens },
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
