import { join } from 'node:path';
import { seenGateways } from '../../client/connection/seen-gateways.ts';
import { formatDate } from '../../domain/format.ts';
import type { CommandContext } from '../base/context.ts';
import { fail, ok, warn, type Check } from './check.ts';

const answersWithinMs = 5000;
/** A gateway that said nothing for so long is no longer at work, in ms. */
const quietMs = 10_000;
const offText =
  'off: a call under way is paid again when its worker dies, workers hold the keys, and no agent of another maker runs';

/** What stands between agents and models here, and since when; `databaseUrl`: null where there is none. */
export async function checkGateway(
  { config: { gateway } }: CommandContext,
  home: string,
  databaseUrl: string | null,
): Promise<Check[]> {
  const own = await checkOwn(gateway, home);
  const others = databaseUrl === null ? [] : await checkOthers(databaseUrl, own.sockets);
  return [...own.checks, ...others];
}

async function checkOwn(
  gateway: CommandContext['config']['gateway'],
  home: string,
): Promise<{ checks: Check[]; sockets: string[] }> {
  if (gateway === 'off') return { checks: [ok('Gateway', offText)], sockets: [] };
  if (gateway !== null && gateway !== 'own') return { checks: [await checkGiven(gateway.url)], sockets: [] };
  const { lookAtGateways } = await import('../../dev/gateway/stop-gateways.ts');
  const found = await lookAtGateways({ path: home });
  if (found.length === 0)
    return { checks: [ok('Gateway', 'on: it is started with the next worker that asks real models')], sockets: [] };
  const log = join(home, 'logs', 'gateway.log');
  const checks = found.map(({ pid, since, users, inFlight, socket }) => {
    const use = `${users} ${users === 1 ? 'process uses' : 'processes use'} it, ${inFlight} calls under way`;
    return ok('Gateway', `process ${pid} since ${formatDate(since)}, ${use} (${socket}; its log: ${log})`);
  });
  return { checks, sockets: found.map(({ socket }) => socket) };
}

/** Those that `gaffer gateway` runs, and other homes. */
async function checkOthers(databaseUrl: string, known: readonly string[]): Promise<Check[]> {
  // Why there is no answer is told of the database itself.
  const seen = await seenGateways(databaseUrl).catch(() => []);
  return seen
    .filter(({ socket, url }) => url !== null || !known.includes(socket!))
    .map(({ url, socket, since, silentMs }) => {
      const where = [url, socket].filter((each) => each !== null).join(', ');
      const seconds = Math.round(silentMs / 1000);
      const detail = `on this database at ${where} since ${formatDate(since)}, heard of ${seconds} s ago`;
      if (silentMs < quietMs) return ok('Gateway', detail);
      return warn('Gateway', detail, 'it is dead or cut off: the next gateway takes over what it had under way');
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
