import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../support/invariants/invariants.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { hasWaiting, holdLock, waitsFor } from '../support/store/table-locks.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

describe.each([{ mode: 'child' }, { mode: 'inline' }, { mode: 'auto' }])(
  'news while the result is written, tasks $mode',
  ({ mode }) => {
    let env: RunEnv;
    beforeAll(async () => {
      env = await openRunEnv();
      env.model.setScript({ rules: [{ name: 'all', when: () => true, answer: () => ({ text: 'done' }) }] });
    });
    afterAll(() => env.close());

    // Temporal refuses the end of a workflow when news has come meanwhile: the workflow is asked again, with its result written.
    it.each(['a cancel', 'a message', 'both'])('%s changes nothing any more', async (news) => {
      const workspace = join(env.workspace, `${mode}-${news.replace(' ', '-')}`);
      mkdirSync(workspace);
      const tasks =
        '[{ id: first, prompt: First. }, { id: gate, prompt: Gate., depends_on: [first], approval: before }]';
      const plan = yamlPlan(`limits: { tasks: ${mode} }\ntasks: ${tasks}`, { workspace });
      const handle = await env.start(plan);
      const isWaiting = async () => (await env.store.runs.find(handle.id))?.status === 'waiting';
      await until('it waits for an approval', isWaiting);
      const lock = holdLock(env.store, 'lock table journal in exclusive mode');
      await until('the lock is held', () =>
        env.store.sql
          .query(`select 1 from pg_locks where granted and mode = 'ExclusiveLock' and relation = 'journal'::regclass`)
          .then(({ rows }) => rows.length > 0),
      );
      await handle.skip({ task: 'gate', by: 'ann' });
      await until('the result is being written', () => hasWaiting(env.store, waitsFor('journal')));
      if (news !== 'a message') await handle.cancel();
      if (news !== 'a cancel') {
        const message = handle.send({ to: 'first', text: 'too late' });
        await expect(message).rejects.toThrow(
          'takes nothing more: its result is written once a worker is at work on it',
        );
      }
      await lock.release();
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'partial', tasks: { gate: { status: 'skipped' } }, compensations: [] });
      await until('the workflow is closed', async () => (await handle.describe()).status === 'completed');
      expect(await violations(env, handle.runKey, [], { plan })).toEqual([]);
    });
  },
);
