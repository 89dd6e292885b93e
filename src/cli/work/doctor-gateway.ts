import { formatDate } from '../../domain/format.ts';
import type { CommandContext } from '../base/context.ts';
import { fail, ok, type Check } from './check.ts';

const answersWithinMs = 5000;
const offText =
  'off: a call under way is paid again when its worker dies, workers hold the keys, and no agent of another maker runs';

/** What stands between agents and models here, and since when. */
export async function checkGateway({ config: { gateway } }: CommandContext, home: string): Promise<Check[]> {
  if (gateway === 'off') return [ok('Gateway', offText)];
  if (gateway !== null && gateway !== 'own') return [await checkGiven(gateway.url)];
  const { lookAtGateways } = await import('../../dev/gateway/stop-gateways.ts');
  const found = await lookAtGateways({ path: home });
  if (found.length === 0) return [ok('Gateway', 'on: it is started with the next worker that asks real models')];
  return found.map(({ pid, since, users, inFlight, socket }) => {
    const use = `${users} ${users === 1 ? 'process uses' : 'processes use'} it, ${inFlight} calls under way`;
    return ok('Gateway', `process ${pid} since ${formatDate(since)}, ${use} (${socket})`);
  });
}

async function checkGiven(url: string): Promise<Check> {
  const { askHealth } = await import('../../dev/gateway/way-to-gateway.ts');
  try {
    await askHealth(url, answersWithinMs);
    return ok('Gateway', `answers at ${url}`);
  } catch (error) {
    const fix = 'start it there (`gaffer gateway`), or correct GAFFER_GATEWAY';
    return fail('Gateway', `${url}: ${(error as Error).message}`, fix);
  }
}
