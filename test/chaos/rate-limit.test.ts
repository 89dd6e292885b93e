import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ScriptedAnswer, ScriptedFault } from '../../src/testing/index.ts';
import { openGates } from '../support/crash/storm.ts';
import { seeded } from '../support/crash/seeds.ts';
import { violations } from '../support/invariants/invariants.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import type { WorkerProcess } from '../support/run/worker-process.ts';
import { buildIfStale, spawnWorker } from '../support/run/worker-process.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const refusal = (status: number, retryAfter?: number): ScriptedFault => ({
  ...{ kind: 'http', status },
  ...(retryAfter !== undefined && { retryAfter }),
});

describe('a crew that two workers share', () => {
  let env: RunEnv;
  let workers: WorkerProcess[];
  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false });
    workers = await Promise.all([spawnWorker(env.settings), spawnWorker(env.settings)]);
  });
  beforeEach(() => openGates(env));
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await env.close();
  });
  const play = (fault: () => ScriptedFault | null): void => {
    const answer = (): ScriptedAnswer => {
      const found = fault();
      return found ? { fault: found } : { text: 'done', latencyMs: 100 };
    };
    env.model.setScript({ rules: [{ name: 'limited', when: () => true, answer }] });
  };
  const run = async (runId: string, count: number) => {
    const handle = await env.start(crowd(count), { runId });
    expect(await handle.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: count } });
    expect(await violations(env, handle.runKey, [])).toEqual([]);
    const requests = env.model.requests.filter(({ callKey }) => callKey!.startsWith(`${handle.runKey}/`));
    const refused = requests.filter(({ outcome }) => outcome === 'fault').length;
    const seconds = (requests.at(-1)!.at - requests[0]!.at) / 1000;
    return { refused, asked: requests.length, seconds };
  };

  it.each([{ says: 'and says when to come back' }, { says: 'and says nothing' }])(
    'uses up what a rate limit allows and is rarely refused, where the provider refuses $says',
    { timeout: 180_000 },
    async ({ says }) => {
      const perSecond = 15;
      const count = 150;
      // What this machine gets through now where nobody limits it, and others may use it too.
      play(() => null);
      const free = await run(`free-${says.length}`, 60);
      const possible = Math.min(1, 60 / free.seconds / perSecond);
      await openGates(env);
      const bucket = tokenBucket(perSecond, perSecond);
      play(() => (bucket() ? null : refusal(429, says.endsWith('back') ? 1 : undefined)));
      const { refused, asked, seconds } = await run(`limited-${says.length}`, count);
      const allowed = perSecond * (seconds + 1);
      console.log(`${count} of ${allowed.toFixed()} allowed calls in ${seconds.toFixed(1)} s, ${refused} refused`);
      expect(count / allowed).toBeGreaterThan(0.7 * possible);
      expect(refused / asked).toBeLessThan(0.2);
    },
  );

  // product.md 2C, F8.
  it('brings a crowd of calls through a storm', { timeout: 180_000 }, async () => {
    const random = seeded(8);
    const bucket = tokenBucket(60, 60);
    let calls = 0;
    let overloadedUntil = 0;
    play(() => {
      if (++calls % 150 === 0) overloadedUntil = performance.now() + 2000;
      if (performance.now() < overloadedUntil) return refusal(529);
      if (random(100) < 3) return refusal(random(2) === 0 ? 500 : 504);
      return bucket() ? null : refusal(429, 1);
    });
    const count = 500;
    const { asked, seconds } = await run('storm', count);
    console.log(`${count} calls took ${asked} requests and ${seconds.toFixed(1)} s`);
    expect(asked / count).toBeLessThan(1.5);
  });
});

function tokenBucket(perSecond: number, size: number): () => boolean {
  let left = size;
  let at = performance.now();
  return () => {
    const now = performance.now();
    left = Math.min(size, left + ((now - at) / 1000) * perSecond);
    at = now;
    if (left < 1) return false;
    left--;
    return true;
  };
}

function crowd(count: number) {
  const tasks = Array.from({ length: count }, (_, index) => `  - { id: t${index}, prompt: Do ${index}. }`).join('\n');
  return yamlPlan(`limits: { tasks: inline, max_parallel: 60, usd: 100 }\ntasks:\n${tasks}\n`);
}
