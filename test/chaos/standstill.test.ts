import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { slowStepMs } from '../../src/domain/run/standstill.ts';
import { until } from '../support/base/until.ts';
import { seedsOf } from '../support/crash/seeds.ts';
import { openStandstillStage, standStill } from '../support/crash/standstill.ts';
import { violations } from '../support/invariants/invariants.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import type { Lock } from '../support/store/table-locks.ts';
import { hasWaiting, holdLock, waitsFor } from '../support/store/table-locks.ts';

// Issue 9, section 3: ten seconds of standstill cost nothing but time.
describe('a worker that stands still', () => {
  const stage = openStandstillStage();

  it.each(seedsOf(1))('for 3, 6 and 12 s loses and pays for nothing, seed %i', { timeout: 240_000 }, (seed) =>
    standStill(stage, seed),
  );
});

describe('a step that takes long', () => {
  it('makes the next one an ordinary activity, and the history replays', async () => {
    let lock: Lock | undefined;
    const script = {
      rules: [
        {
          name: 'held',
          when: () => true,
          answer: () => {
            lock ??= holdLock(env.store, 'lock table tasks in exclusive mode');
            return { text: 'done', latencyMs: 100 };
          },
        },
      ],
    };
    const env = await openRunEnv({ script });
    try {
      const three = yamlPlan(
        'tasks: [{ id: a, prompt: A. }, { id: b, prompt: B., depends_on: [a] }, { id: c, prompt: C., depends_on: [b] }]',
      );
      const handle = await env.start(three);
      await until('a step of the run waits', () => hasWaiting(env.store, waitsFor('tasks')));
      await sleep(slowStepMs + 200);
      await lock!.release();
      expect((await handle.result()).status).toBe('succeeded');
      const { temporalRunId } = (await env.store.runs.find(handle.id))!;
      const [run] = await env.temporal.executionsOf(handle.id, temporalRunId);
      const ordinary = run!.history.events!.filter(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'recordProgress',
      );
      expect(ordinary).toHaveLength(1);
      expect(await violations(env, handle.runKey, [])).toEqual([]);
    } finally {
      await env.close();
    }
  });
});
