import type { GafferHome } from '../../config/home.ts';
import { endProcess, type ProcessIdentity } from '../../host/process-identity.ts';
import { type GatewayGreeting, lookAtGateway } from './gateway-control.ts';
import { gatewaysOf, sweep } from './gateway-place.ts';

/** Longer than a gateway gives calls under way. */
const patienceMs = 15_000;

/**
 * Ends the gateways of a home, whoever uses them; calls under way have 5 s.
 *
 * @param strays others, which nothing is noted of
 * @returns how many there were
 */
export async function stopGateways(home: GafferHome, strays: readonly ProcessIdentity[] = []): Promise<number> {
  const noted = await gatewaysOf(home);
  const unnoted = strays.filter(({ pid }) => noted.every(({ record }) => record.pid !== pid));
  const end = (gateway: ProcessIdentity): Promise<void> => endProcess(gateway, [{ signal: 'SIGTERM', patienceMs }]);
  await Promise.all([...noted.map(({ record, place }) => end(record).then(() => sweep(place))), ...unnoted.map(end)]);
  return noted.length + unnoted.length;
}

/** What the gateways of a home say of themselves, with where they listen. Starts none. */
export async function lookAtGateways(home: GafferHome): Promise<(GatewayGreeting & { socket: string })[]> {
  const found = await gatewaysOf(home);
  const greetings = await Promise.all(
    found.map(async ({ place }) => ({ socket: place.socket, said: await lookAtGateway(place.control) })),
  );
  return greetings.flatMap(({ socket, said }) => (said ? [{ ...said, socket }] : []));
}
