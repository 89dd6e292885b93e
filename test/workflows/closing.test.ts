import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { plan } from '../support/plan/builders.ts';
import { openRunEnv } from '../support/run/run-env.ts';

// Left alone, such a call is tried again once its server stops, on the closed channel: an error that nobody can catch.
it('closing a client gives up the calls that wait on it', async () => {
  const env = await openRunEnv({ withWorker: false });
  onTestFinished(() => env.close().catch(() => undefined));
  const handle = await env.start(plan());
  const waiting = Promise.allSettled(Array.from({ length: 5 }, () => handle.result()));
  await delay(50);
  await env.client.close();
  const ends = await Promise.race([waiting, delay(2000, [])]);
  expect(ends.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
});
