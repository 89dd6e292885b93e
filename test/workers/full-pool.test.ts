import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { startWorker } from '../../src/workers/start-worker.ts';
import { plan, task } from '../support/plan/builders.ts';
import type { PlanLimits } from '../../src/domain/plan/plan-limits.ts';
import { type Plan, planDefaults } from '../../src/domain/plan/plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const tasks = Array.from({ length: 50 }, (_, index) => task({ id: `part-${index}`, prompt: `Part ${index}.` }));
const wide = (way: PlanLimits['tasks']): Plan =>
  plan({ tasks, limits: { ...planDefaults.limits, maxParallel: 50, tasks: way } });
const script = { rules: [{ name: 'done', when: () => true, answer: () => ({ text: 'Done.' }) }] };

let env: RunEnv;
afterEach(() => env.close());

/** Runs the fifty tasks; says what was asked twice, tried twice, or does not replay. */
async function runWide(runId: string, way: PlanLimits['tasks']): Promise<Record<string, unknown>> {
  const run = await env.start(wide(way), { runId });
  const { status, tasks: ended } = await run.result();
  const row = await env.store.runs.find(runId);
  const executions = await env.temporal.executionsOf(runId, row!.temporalRunId);
  const asked = env.model.requests.map(({ body }) => JSON.stringify(body));
  return {
    status,
    triedTwice: Object.values(ended).filter(({ attempts }) => attempts !== 1),
    calls: asked.length,
    distinct: new Set(asked).size,
    unreplayed: await env.temporal.replay(executions),
  };
}

const once = { status: 'succeeded', triedTwice: [], calls: 50, distinct: 50, unreplayed: [] };

describe('fifty tasks at once', () => {
  it('wait for each other where the worker has two connections', async () => {
    env = await openRunEnv({ script, settings: { tuning: { connections: 2 } } });
    expect(await runWide('pool-of-two', 'child')).toEqual(once);
  });

  it('wait for each other where the server takes no more connections', async () => {
    env = await openRunEnv({ script, withWorker: false });
    const user = await limitedUser(env, 3);
    const worker = await startWorker({ ...env.settings, databaseUrl: user.url, tuning: { connections: 20 } });
    try {
      expect(await runWide('server-of-three', 'inline')).toEqual(once);
    } finally {
      await worker.stop();
      await user.drop();
    }
  });
});

/** A user of the same database who gets so many connections at most. */
async function limitedUser({ settings, store }: RunEnv, connections: number) {
  const role = `limited_${randomUUID().replaceAll('-', '')}`;
  const run = async (...statements: string[]): Promise<void> => {
    for (const each of statements) await store.sql.query(each);
  };
  await run(
    `create role ${role} login password 'limited' connection limit ${connections}`,
    `grant all on schema public to ${role}`,
    `grant all on all tables in schema public to ${role}`,
    `grant all on all sequences in schema public to ${role}`,
  );
  const url = new URL(settings.databaseUrl);
  url.username = role;
  url.password = 'limited';
  return { url: url.href, drop: () => run(`drop owned by ${role}`, `drop role ${role}`) };
}
