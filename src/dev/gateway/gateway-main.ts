import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { startGateway } from '../../gateway/start-gateway.ts';
import { createControl } from './gateway-control.ts';
import type { GatewayReport, PlacedOrder } from './gateway-order.ts';
import { clearPlace } from './gateway-place.ts';

/*
 * The process between workers, agents and providers, of whoever runs on this machine:
 * M1 What it is to do comes by a pipe, keys among it. Whoever ordered it may die: from then on its users keep it.
 * M2 It ends when nobody needs it (U3 of gateway-control.ts), or by SIGTERM; calls under way may come to their end, but not for ever.
 */

/** How long calls under way have when it is told to end, in ms: whoever stops everything waits for it. */
const graceMs = 5_000;

const ordered = once(process, 'message').then(([order]) => order as PlacedOrder);
process.once('disconnect', () => process.exit(0)); // Nothing was ordered, and nobody will.
process.on('SIGINT', () => undefined); // Ctrl-C is meant for whoever uses it.
const told = new Promise<void>((resolve) => process.once('SIGTERM', () => resolve()));

await serve(await ordered);

async function serve({ place, ...order }: PlacedOrder): Promise<void> {
  const say = (line: string): void => console.error(`${new Date().toISOString()} ${line}`);
  const gateway = await startGateway({ ...order, id: place.id, socket: place.socket, say }).catch(giveUp);
  const control = createControl(() => gateway.figures().open);
  await once(control.server.listen(place.control), 'listening');
  await report({ isUp: true });
  await Promise.race([control.unused, told]);
  // Whoever comes now finds nobody, and starts another one when this one is gone.
  control.server.close();
  rmSync(place.control, { force: true });
  await gateway.close(graceMs);
  clearPlace(place);
  process.exit(0);
}

async function giveUp(error: unknown): Promise<never> {
  await report({ isUp: false, reason: error instanceof Error ? error.message : String(error) });
  return process.exit(1);
}

function report(said: GatewayReport): Promise<void> {
  process.removeAllListeners('disconnect');
  return new Promise((resolve) => {
    process.send!(said, () => {
      if (process.connected) process.disconnect();
      resolve();
    });
  });
}
