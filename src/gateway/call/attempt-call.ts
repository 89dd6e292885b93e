/*
 * A call of an attempt, paid once:
 *
 * A1 What it may cost is held back before it is made, and what it cost is written down with its answer, before that is passed on whole.
 * A2 Whoever asks the same within the attempt gets the same answer. Nothing is kept of a call that came to none.
 * A3 The gateway is the one who tries again, as agents are told not to: where the provider is busy or away, a few times and in its turn.
 * A4 What nobody listens to any more is paid for all the same: it goes on to its end and is kept (relay.ts).
 * A5 What had to wait, for money, for its turn or for the provider, begins only if it still may: that is looked at where it begins.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { tellOpen, tellRefusal } from '../../calls/pass-gate.ts';
import { ModelError } from '../../models/model.ts';
import type { CallRefusal, Claimant, ClaimedCall, RawAnswer } from '../../store/gateway/calls.ts';
import { claimCall, forgetCall, refuseCall } from '../../store/gateway/calls.ts';
import { Barred, standingOf } from '../../store/gateway/standing.ts';
import { Refusal } from '../http/refusal.ts';
import type { Asking } from './asking.ts';
import type { Desk } from './desk.ts';
import { lookWhilePausedMs, patienceMs } from './desk.ts';
import { enterGate } from './enter-gate.ts';
import { toModelError } from './error-of.ts';
import { forward } from './forward.ts';
import { insist } from './insist.ts';
import type { LiveCall } from './live-call.ts';
import { billLostBefore } from './lost-calls.ts';
import type { Provider } from './provider.ts';
import type { WholeAnswer } from './relay.ts';
import { NotSettled, relay } from './relay.ts';
import type { ExpectedCall, Payable } from './reserve.ts';
import { beginFresh, expectedOf, giveBack, reserve } from './reserve.ts';
import { settleAnswer, settleBroken } from './settle.ts';

/** How often a provider is asked again that is busy or away, and the first pause of one that says nothing of it, in ms. */
const mostAgain = 4;
const firstPauseMs = 500;
/** How long a provider is left alone that allows no more calls and says nothing of when it will, in ms. */
const usualWaitMs = 60_000;

/** Makes a call, or has its answer from whoever made it. @throws Refusal, and whatever goes wrong before anything was passed on */
export async function makeCall(desk: Desk, asking: Asking, live: LiveCall, signal: AbortSignal): Promise<void> {
  const expected = await expectedOf(desk, asking);
  for (;;) {
    signal.throwIfAborted();
    const who = { tokenHash: asking.tokenHash, gateway: desk.self.id, owner: randomUUID() };
    try {
      const payable = await beginFresh(desk, asking, who, expected);
      if (payable) return await pay(desk, asking, { ...payable, isHeld: true }, { live, signal });
      if (await claim(desk, asking, { who, expected }, { live, signal })) return;
    } catch (error) {
      // Its claim says why: it waits for its run, or is refused.
      if (!(error instanceof Barred)) throw error;
    }
  }
}

/** @returns whether that is over; else it is to be begun anew */
async function claim(
  desk: Desk,
  asking: Asking,
  { who, expected }: { who: Claimant; expected: ExpectedCall },
  way: { live: LiveCall; signal: AbortSignal },
): Promise<boolean> {
  const { grant: of, content, runKey } = asking;
  const found = await insist(() => claimCall(desk.store.sql, who, { of, content }), patienceMs);
  switch (found.state) {
    case 'paused':
      // It begins when the run goes on, or not at all: its token ends with the attempt.
      await sleep(lookWhilePausedMs, undefined, { signal: way.signal });
      return false;
    case 'elsewhere':
      return forward(desk, found, asking, way);
    case 'void':
      throw new Refusal('authentication', 'this token is good for nothing any more: its attempt or its run has ended');
    case 'stored':
      desk.figures.repeated++;
      giveStored(found.answer, way.live);
      return true;
    case 'mine':
      if (found.lost !== null) await billLostBefore(desk, found.call, found.lost, runKey);
      await pay(desk, asking, { ...expected, call: found.call, isHeld: false }, way);
      return true;
  }
}

/** Passes on an answer that was kept (L4). */
export function giveStored({ status, headers, body }: RawAnswer, live: LiveCall): void {
  live.begin({ status, headers: { ...headers, 'content-length': body.length } });
  live.push(body);
  live.close(true);
}

// A1. `isHeld`: what it may cost is held back.
async function pay(
  desk: Desk,
  asking: Asking,
  { isHeld, ...payable }: Payable & { isHeld: boolean },
  way: { live: LiveCall; signal: AbortSignal },
): Promise<void> {
  const { call } = payable;
  try {
    if (!isHeld) await reserve(desk, asking, payable, way.signal);
    const refused = await askInTurn(desk, asking, payable, way);
    if (!refused) return;
    await giveUp(desk, payable, refused.error);
    giveStored(refused.answer, way.live);
  } catch (error) {
    // Also where the word was lost that it holds something.
    await insist(() => giveBack(desk, payable));
    await insist(() => drop(desk, call, error));
    throw error;
  }
}

// What has to wait for longer than its agent can is asked for later: whoever begins that agent's next session is told.
function drop({ store }: Desk, call: ClaimedCall, error: unknown): Promise<void> {
  const isLater = error instanceof Refusal && error.kind === 'rate-limited';
  return isLater ? refuseCall(store.commits, call, later(error)) : forgetCall(store.commits, call);
}

function later({ message, retryAfterMs }: { message: string; retryAfterMs: number | null }): CallRefusal {
  return { kind: 'later', message, until: new Date(Date.now() + (retryAfterMs ?? usualWaitMs)).toISOString() };
}

/** Asks until there is an answer, or none is to be had (A3). @returns the provider's refusal; undefined: the answer was passed on */
async function askInTurn(
  desk: Desk,
  asking: Asking,
  payable: Payable,
  { live, signal }: { live: LiveCall; signal: AbortSignal },
): Promise<{ answer: WholeAnswer; error: ModelError } | undefined> {
  const { provider, read, request } = asking;
  const silentSince = performance.now();
  for (let again = 0; ; again++) {
    const moment = await enterGate(asking, payable.reserved.tokens, { signal, silentSince });
    // A5
    if (again > 0 || moment.waitMs > 0) await lookAgain(desk, asking);
    const at = performance.now();
    desk.figures.calls++;
    const relayed = await relay({
      ...{ provider, request, live, signal, answers: desk.answers },
      settle: (watched, answer, why) =>
        watched.isWhole
          ? settleAnswer(desk, asking, payable, { watched, answer })
          : settleBroken(desk, payable, {
              ...{ watched, isCut: why !== null },
              why: why ?? 'the answer ended before it was whole',
            }),
    }).catch((error: unknown) => ({ kind: 'failed' as const, error }));
    if (relayed.kind === 'passed') {
      await tellOpen(provider.gates, read.model, moment);
      return undefined;
    }
    if (relayed.kind === 'failed' && relayed.error instanceof NotSettled) throw toRefusal(relayed.error, provider);
    const error = relayed.kind === 'refused' ? toModelError(relayed.answer, read.model) : relayed.error;
    await tellRefusal(provider.gates, { model: read.model, error, moment, agoMs: performance.now() - at });
    const mayAskAgain = again < mostAgain && !live.hasBegun && !signal.aborted && isPassing(error);
    if (!mayAskAgain && relayed.kind === 'failed') throw toRefusal(relayed.error, provider);
    if (!mayAskAgain && relayed.kind === 'refused') return { answer: relayed.answer, error: error as ModelError };
    // What is closed is waited for at the gate.
    if (!isOfGate(error)) await sleep(firstPauseMs * 2 ** again, undefined, { signal });
  }
}

async function lookAgain({ store }: Desk, { tokenHash }: Asking): Promise<void> {
  if ((await insist(() => standingOf(store.sql, tokenHash), patienceMs)) !== 'free') throw new Barred();
}

function isPassing(error: unknown): boolean {
  return !(error instanceof ModelError) || error.isPassing;
}

function isOfGate(error: unknown): boolean {
  return error instanceof ModelError && (error.kind === 'rate-limited' || error.kind === 'overloaded');
}

/** Nothing comes of a call that the provider refused (A2); where it will refuse the others, too, that is noted for who has to tell it. */
async function giveUp(desk: Desk, payable: Payable, error: ModelError): Promise<void> {
  const { call } = payable;
  await insist(() => giveBack(desk, payable));
  if (error.kind === 'rate-limited') return insist(() => refuseCall(desk.store.commits, call, later(error)));
  if (!error.isTerminal) return insist(() => forgetCall(desk.store.commits, call));
  const refusal = { kind: 'provider', status: error.status, message: error.message } as const;
  await insist(() => refuseCall(desk.store.commits, call, refusal));
}

function toRefusal(error: unknown, provider: Provider): Error {
  if (error instanceof Refusal) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new Refusal('unavailable', `the gateway has no answer of ${provider.name}: ${why}`);
}
