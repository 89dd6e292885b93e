import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, inject, it, onTestFinished } from 'vitest';
import { openPlace } from '../../src/client/connection/open-place.ts';
import { openHooks } from '../../src/client/hooks/open-hooks.ts';
import { deliverFrom } from '../../src/server/triggers/hook-access.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { startReceiver } from '../support/server/receiver.ts';
import { useTestStore, type TestStore } from '../support/store/test-store.ts';
import { openToldRun, raiseBlockers } from '../support/store/told-run.ts';

let opened: TestStore;
useTestStore((given) => (opened = given));

const main = fileURLToPath(new URL('../support/server/deliver-main.mjs', import.meta.url));
const count = 40;

it('nothing that was to be sent is lost when who sends is killed between a send and its record, and it comes under the same id', async () => {
  const { store, database } = opened;
  let victim: ChildProcess | undefined;
  // Whoever sends is killed while its requests wait for an answer, the first of which has come.
  const receiver = await startReceiver((_, response) => {
    victim?.kill('SIGKILL');
    victim = undefined;
    response.writeHead(204).end();
  });
  onTestFinished(() => receiver.close());
  const temporal = inject('temporal');
  const place = { temporal, databaseUrl: database.url, taskQueue: 'none', cwd: tempFolder(), env: {} };
  const session = await openPlace(place);
  onTestFinished(() => session.close());
  const { webhooks } = await openHooks(session, { tenant: 'default', allow: [receiver.host], within: null });
  const { id } = await webhooks.add({ url: `${receiver.url}/`, events: ['blocker:raised'] });
  const runKey = await openToldRun(store);
  await raiseBlockers(
    store,
    runKey,
    Array.from({ length: count }, (_, at) => `b-${at}`),
  );

  const wish = { place, allow: [receiver.host], pace: { leaseMs: 2000, everyMs: 50 } };
  for (let round = 0; round < 3; round++) {
    const sender = spawn(process.execPath, [main], {
      env: { ...process.env, GAFFER_TEST_DELIVERER: JSON.stringify(wish) },
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    victim = sender;
    const [, signal] = (await once(sender, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
  }
  const others = await Promise.all(
    [1, 2].map(() =>
      deliverFrom(
        session,
        { allow: [receiver.host] },
        { ...wish.pace, logError: (error) => session.say(String(error)) },
      ),
    ),
  );
  await expect
    .poll(async () => (await store.webhooks.deliveries(id, { limit: 100, state: 'delivered' })).length, {
      timeout: 60_000,
    })
    .toBe(count);
  await Promise.all(others.map((each) => each.stop()));

  const byId = new Map<unknown, string[]>();
  for (const { headers, body } of receiver.received)
    byId.set(headers['webhook-id'], [...(byId.get(headers['webhook-id']) ?? []), body]);
  expect(byId.size).toBe(count);
  // What came twice is the same.
  expect([...byId.values()].filter((bodies) => new Set(bodies).size > 1)).toEqual([]);
  expect(receiver.received.length).toBeGreaterThan(count);
  const deliveries = await store.webhooks.deliveries(id, { limit: 100 });
  expect(new Set(deliveries.map((each) => each.seq)).size).toBe(count);
}, 120_000);
