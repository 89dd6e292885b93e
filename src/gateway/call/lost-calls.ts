import { billBroken } from '../../calls/bill-broken.ts';
import { noUsage } from '../../domain/money/usage.ts';
import type { LostCall } from '../../store/gateway/calls.ts';
import { findLostIntent, forgetCall, takeLostCalls } from '../../store/gateway/calls.ts';
import type { CallIntent, Desk } from './desk.ts';
import { insist } from './insist.ts';

const mostAtOnce = 100;

/** Bills all calls that dead gateways had under way, and frees what they held back. @returns how many there were */
export async function billLostCalls(desk: Desk): Promise<number> {
  const found = await takeLostCalls(desk.store.sql, desk.self.id, mostAtOnce);
  for (const lost of found) {
    await billLost(desk, lost);
    await insist(() => forgetCall(desk.store.commits, lost.call));
  }
  return found.length;
}

/** Bills a call whose gateway died, if it had begun: nobody knows how far it came, so it is billed as it was reserved. */
export async function billLostBefore(desk: Desk, call: LostCall['call'], lost: string, runKey: string): Promise<void> {
  const found = await findLostIntent(desk.store.sql, { ...call, owner: lost });
  if (found) await billLost(desk, { call: { ...call, owner: lost }, runKey, ...found });
}

async function billLost({ store, say }: Desk, { call, runKey, intent, reservedTokens }: LostCall): Promise<void> {
  const { taskId, agent, maxTokens, cachesForHour = false, price } = intent as unknown as Partial<CallIntent>;
  const { no, key, owner: token, turn } = call;
  if (taskId === undefined || agent === undefined || maxTokens === undefined) return;
  const why = 'its gateway died while it was under way: it is billed as it was reserved';
  await insist(() =>
    billBroken(
      store,
      { no, runKey },
      {
        ...{ input: { taskId, agent, turn }, key, token, price: price ?? null, why, isLate: true },
        ...{ usage: { ...noUsage, unknown: ['input', 'output'] as const } },
        ...{ reserved: { tokens: reservedTokens }, request: { maxTokens, cachesForHour } },
      },
    ),
  );
  await insist(() => store.journal.drop(no, key, token));
  say(`call ${key} of ${runKey} was lost with its gateway and is billed as it was reserved`);
}
