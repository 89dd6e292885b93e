import type { GatewayRow } from '../store/gateway/gateways.ts';
import { beatGateway, buryGateways } from '../store/gateway/gateways.ts';
import type { Desk } from './call/desk.ts';
import { billLostCalls } from './call/lost-calls.ts';
import { settleUnclaimed } from './call/unclaimed.ts';

/** How often a gateway says that it lives, in ms. */
const beatEveryMs = 1000;
const lookForLostEveryMs = 5000;

/** Says that it lives, misses others that say so no more, and looks for what dead ones left behind. @returns what ends that */
export function keepWatch(desk: Desk, row: GatewayRow): () => Promise<void> {
  let busy: Promise<unknown> = Promise.resolve();
  const every = (ms: number, work: () => Promise<void>): NodeJS.Timeout => {
    let isAtWork = false;
    return setInterval(() => {
      if (isAtWork) return;
      isAtWork = true;
      const done = work()
        .catch((error: unknown) => desk.say(`the gateway's database: ${(error as Error).message}`))
        .finally(() => (isAtWork = false));
      busy = Promise.all([busy, done]);
    }, ms);
  };
  const timers = [
    every(beatEveryMs, () => beat(desk, row)),
    every(lookForLostEveryMs, async () => {
      await billLostCalls(desk);
      await settleUnclaimed(desk);
    }),
  ];
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await busy;
  };
}

async function beat({ store, peers, say }: Desk, row: GatewayRow): Promise<void> {
  const { wasGone, others } = await beatGateway(store.commits, row);
  if (wasGone)
    say('this gateway was taken for dead, as nothing was heard of it: what it had under way may be paid twice');
  const silent = peers.hear(others, Date.now());
  if (silent.length > 0) await buryGateways(store.commits, silent);
}
