import { beforeEach, describe, expect, it } from 'vitest';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { findRemovable, livingHeir, removeOldRuns, removeOrphanPlans } from '../../../src/store/lifetime/retention.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { plan as planOf } from '../../support/plan/builders.ts';
import type { TestDatabase } from '../../support/store/database.ts';
import { useTestStore } from '../../support/store/test-store.ts';

const day = 86_400_000;
let database: TestDatabase;
let store: WorkerStore;

useTestStore((opened) => ({ database, store } = opened));
beforeEach(() => database.sql.query('truncate runs, plans, issue_boards cascade').then(() => undefined));

/** A run with a row in every table, that ended so many days ago (null: it has not). */
async function addRun(runId: string, endedDaysAgo: number | null, options: { key?: string; from?: string } = {}) {
  const runKey = options.key ?? `${runId}/1`;
  const plan = planOf({ name: runId });
  const planHash = await savePlan(store.sql, plan);
  const run = { runKey, runId, temporalRunId: '1', plan, planHash, board: runId, launch: null };
  const no = await openRun(store.sql, run, { nano: 1, tokens: null });
  const lineage = options.from === undefined ? null : JSON.stringify({ runKey: options.from });
  await store.sql.query(
    `update runs set status = $2, ended_at = now() - $3::int * interval '1 day', lineage = $4 where no = $1`,
    [no, endedDaysAgo === null ? 'running' : 'succeeded', endedDaysAgo, lineage],
  );
  await store.events.append(runKey, [{ key: 'a', event: { type: 'run:paused' } }] as never);
  await store.sql.query(
    `insert into messages (id, run_no, root, depth, call_key, role, content) values ($2, $1, $2, 1, 'k', 'user', '[]')`,
    [no, `${runKey}-m`],
  );
  await store.sql.query('insert into issue_boards (board) values ($1) on conflict do nothing', [runId]);
  return runKey;
}

const runIds = async (): Promise<string[]> =>
  (await store.sql.query<{ run_id: string }>('select run_id from runs order by no')).rows.map((row) => row.run_id);

describe('the schema', () => {
  it('has every row of a run hang on the run: no table keeps rows of a removed one', async () => {
    const { rows } = await database.sql.query<{ name: string; rule: string | null }>(
      `select c.relname as name, f.confdeltype as rule from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'run_no' and not a.attisdropped
       left join pg_constraint f on f.conrelid = c.oid and f.contype = 'f' and f.confrelid = 'runs'::regclass
       where c.relkind = 'r'`,
    );
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['events', 'messages', 'journal', 'contexts']));
    const { rows: found } = await database.sql.query<{ text: string }>(
      `select pg_get_functiondef('forget_run'::regproc) as text`,
    );
    const forgotten = ({ name }: { name: string }) =>
      found[0]!.text.includes(`delete from ${name} where run_no = old.no`);
    // Rows of who listens end with a time of their own, within seconds.
    const isShort = ({ name }: { name: string }): boolean => name === 'delta_readers';
    expect(rows.filter((row) => row.rule !== 'c' && !forgotten(row) && !isShort(row))).toEqual([]);
  });
});

describe('removeOldRuns', () => {
  it('removes what ended long ago with all its rows, and nothing else', async () => {
    await addRun('old', 40);
    await addRun('young', 3);
    await addRun('alive', null);
    const found = await findRemovable(store.sql, { olderThanMs: 30 * day });
    expect(found).toMatchObject([{ runId: 'old', status: 'succeeded', messages: 1, hasSuccessor: false }]);
    const removed = await store.transaction((sql) => removeOldRuns(sql, { olderThanMs: 30 * day }));
    expect(removed).toEqual(['old']);
    expect(await runIds()).toEqual(['young', 'alive']);
    const { rows } = await store.sql.query(
      'select (select count(*)::int from messages) m, (select count(*)::int from plans) p, (select count(*)::int from issue_boards) b',
    );
    expect(rows).toEqual([{ m: 2, p: 2, b: 2 }]);
  });

  it('keeps a run that a living one goes on from, until that one has ended', async () => {
    const origin = await addRun('origin', 40);
    const heir = await addRun('heir', null, { from: origin });
    expect(await livingHeir(store.sql, origin)).toBe('heir');
    expect(await store.transaction((sql) => removeOldRuns(sql, { olderThanMs: day }))).toEqual([]);
    await store.sql.query(`update runs set status = 'failed', ended_at = now() where run_key = $1`, [heir]);
    expect(await livingHeir(store.sql, origin)).toBeUndefined();
    expect(await store.transaction((sql) => removeOldRuns(sql, { olderThanMs: day }))).toEqual(['origin']);
    expect(await runIds()).toEqual(['heir']);
  });

  it('leaves the board to a later run of the same id', async () => {
    await addRun('again', 40, { key: 'again/1' });
    await addRun('again', null, { key: 'again/2' });
    expect(await findRemovable(store.sql, { olderThanMs: day })).toMatchObject([{ hasSuccessor: true }]);
    await store.transaction((sql) => removeOldRuns(sql, { olderThanMs: day }));
    const { rows } = await store.sql.query('select board from issue_boards');
    expect([await runIds(), rows]).toEqual([['again'], [{ board: 'again' }]]);
  });

  it('chooses by status, oldest first, as many as asked', async () => {
    for (const days of [2, 5, 9]) await addRun(`ended-${days}`, days);
    await store.sql.query(`update runs set status = 'failed' where run_id = 'ended-9'`);
    const filter = { olderThanMs: day, statuses: ['succeeded'] as const, limit: 1 };
    expect(await store.transaction((sql) => removeOldRuns(sql, filter))).toEqual(['ended-5']);
  });

  it('works in one process at a time: the others find nothing to do', async () => {
    await addRun('old', 40);
    await store.transaction(async (first) => {
      expect(await removeOldRuns(first, { olderThanMs: day })).toEqual(['old']);
      await expect(store.transaction((second) => removeOldRuns(second, { olderThanMs: day }))).resolves.toEqual([]);
    });
  });
});

describe('removeOrphanPlans', () => {
  it('removes plans of starts that failed a month ago, never one that a run has or may yet get', async () => {
    await addRun('has-one', 1);
    for (const name of ['long-ago', 'just-now']) await savePlan(store.sql, planOf({ name }));
    await store.sql.query(`update plans set created_at = now() - interval '31 days' where plan->>'name' <> 'just-now'`);
    // One that somebody was to start, and did not.
    await store.sql.query(
      `insert into kept_plans (name, plan_hash, until) select 'run/' || (plan->>'name'), hash, now() - interval '1 minute' from plans`,
    );
    expect(await removeOrphanPlans(store.sql)).toBe(1);
    expect((await store.sql.query('select 1 from kept_plans')).rows).toEqual([]);
    const { rows } = await store.sql.query<{ name: string }>(`select plan->>'name' as name from plans order by 1`);
    expect(rows.map(({ name }) => name)).toEqual(['has-one', 'just-now']);
  });
});
