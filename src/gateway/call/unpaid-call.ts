import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Standing } from '../../store/gateway/standing.ts';
import { standingOf } from '../../store/gateway/standing.ts';
import { Refusal } from '../http/refusal.ts';
import type { Asking } from './asking.ts';
import type { Desk } from './desk.ts';
import { lookWhilePausedMs, patienceMs } from './desk.ts';
import { enterGate } from './enter-gate.ts';
import { insist } from './insist.ts';
import { LiveCall } from './live-call.ts';
import { relay } from './relay.ts';

/** What asks for something that costs nothing. */
type UnpaidAsking = Pick<Asking, 'tokenHash' | 'request' | 'read' | 'provider'>;

/**
 * Passes a request on that is not paid for: it begins when a call could, whoever goes away ends it, and nothing is kept.
 *
 * @throws Refusal, and what undici throws
 */
export async function passUnpaid(desk: Desk, asking: UnpaidAsking, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, desk.closing]);
  try {
    await turnOf(desk, asking, signal);
    const live = new LiveCall();
    const settle = (): Promise<void> => Promise.resolve();
    const relayed = await relay({
      answers: desk.answers,
      provider: asking.provider,
      request: asking.request,
      live,
      signal,
      settle,
    });
    if (relayed.kind === 'refused') {
      live.begin(relayed.answer);
      live.push(relayed.answer.body);
      live.close(true);
    }
    await live.writeTo(response);
  } catch (error) {
    // There is nobody whom it concerns.
    if (!gone.signal.aborted) throw error;
  }
}

// What had to wait for its turn asks once more whether it may begin.
async function turnOf(desk: Desk, asking: UnpaidAsking, signal: AbortSignal): Promise<void> {
  for (;;) {
    await untilFree(desk, asking, signal);
    const { waitMs } = await enterGate(asking, 0, { signal, silentSince: performance.now() });
    if (waitMs <= 0 || (await standing(desk, asking)) === 'free') return;
  }
}

async function untilFree(desk: Desk, asking: UnpaidAsking, signal: AbortSignal): Promise<void> {
  for (;;) {
    switch (await standing(desk, asking)) {
      case 'free':
        return;
      case 'held':
        await sleep(lookWhilePausedMs, undefined, { signal });
        break;
      case 'cancelled':
        throw new Refusal('stopped', 'the run is cancelled: nothing begins any more');
      case 'over':
        throw new Refusal(
          'authentication',
          'this token is good for nothing any more: its attempt or its run has ended',
        );
    }
  }
}

function standing({ store }: Desk, { tokenHash }: UnpaidAsking): Promise<Standing> {
  return insist(() => standingOf(store.sql, tokenHash), patienceMs);
}
