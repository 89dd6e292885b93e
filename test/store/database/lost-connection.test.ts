import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordProgress } from '../../../src/activities/run/record-progress.ts';
import { finishRun } from '../../../src/activities/run/finish-run.ts';
import type { Holder } from '../../../src/store/journal/entry.ts';
import { billPartial } from '../../../src/store/journal/partial-usage.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { createIssue } from '../../../src/store/issues/issue-changes.ts';
import { until } from '../../support/base/until.ts';
import { plan, task } from '../../support/plan/builders.ts';
import type { BreakingLine, Break } from '../../support/store/breaking-line.ts';
import { openBreakingLine } from '../../support/store/breaking-line.ts';
import type { TestStore } from '../../support/store/test-store.ts';
import { useTestStore } from '../../support/store/test-store.ts';
import type { StoreRun } from '../../support/store/store-run.ts';
import { openStoreRun } from '../../support/store/store-run.ts';

/** Something that is written in a run: what goes before it, and the thing itself, which may be done again. */
interface Case {
  name: string;
  before?: (store: WorkerStore, run: StoreRun) => Promise<unknown>;
  work: (store: WorkerStore, run: StoreRun) => Promise<unknown>;
}

const key = 'one~1/1/0';
const holder = (): Holder => ({ token: 'mine', host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: '1' });
const event = (name: string) => ({ key: name, type: 'task:skipped' as const, taskId: 'one', reason: 'test' });
const reserved = { nano: 400, tokens: 10 };
const scopes = [{ scope: 'task/one', limitNano: 1000, limitTokens: null }];

function message(run: StoreRun, role: 'user' | 'assistant') {
  const root = `question ${run.runKey}`;
  const isAnswer = role === 'assistant';
  return {
    ...{ id: isAnswer ? `answer ${run.runKey}` : root, parent: isAnswer ? root : null, root, viewFrom: null },
    ...{ depth: isAnswer ? 2 : 1, callKey: key, role, content: [{ type: 'text' as const, text: 'a' }] },
  };
}

const beginModel: Case['work'] = ({ journal }, run) =>
  journal.beginModel({
    ...{ no: run.frozen.no, key, holder: holder(), message: message(run, 'user'), intent: {}, reserve: reserved },
    ...{ scopes, events: [event('asked')] },
  });
const beginTool: Case['work'] = ({ journal }, run) =>
  journal.beginTool({ no: run.frozen.no, key, holder: holder(), events: [event('called')] });
const begin: Case['work'] = (store, run) =>
  recordProgress(store, run.frozen, {
    ...{ runKey: run.runKey, events: [event('progress')], status: 'running' },
    begin: ['one', 'two'].map((id) => ({ task: id, item: null, iteration: 1, id, epoch: 0, head: null })),
  });
const partial = (run: StoreRun) => ({
  ...{ no: run.frozen.no, key, id: `part ${run.runKey}`, usage: {}, cost: 70, tokens: 7, event: event('broken') },
});

const cases: Case[] = [
  { name: 'a model call begins', work: beginModel },
  {
    name: 'an answer is committed',
    before: beginModel,
    work: ({ journal }, run) =>
      journal.commitModel({
        ...{ no: run.frozen.no, key, token: 'mine', message: message(run, 'assistant'), usage: {}, cost: 100 },
        ...{ tokens: 5, reserved, result: { text: 'a' }, context: { name: 'one', agent: 'worker' } },
        events: [event('answered')],
      }),
  },
  {
    name: 'a broken call is billed',
    before: beginModel,
    work: ({ sql }, run) => billPartial(sql, partial(run)),
  },
  {
    name: 'an intent is dropped',
    before: beginModel,
    work: ({ journal }, run) => journal.drop(run.frozen.no, key, 'mine'),
  },
  { name: 'a tool run begins', work: beginTool },
  {
    name: 'a tool run is committed',
    before: beginTool,
    work: ({ journal }, run) =>
      journal.commitTool({ no: run.frozen.no, key, token: 'mine', result: { a: 1 }, events: [event('done')] }),
  },
  {
    name: 'quick work is done',
    work: ({ journal }, run) =>
      journal.once(run.frozen.no, key, async (sql) => {
        for (const title of ['a', 'b'])
          await createIssue(sql, run.frozen.board, { name: 'x', runKey: run.runKey }, { title });
        return { made: 2 };
      }),
  },
  { name: 'events are appended', work: ({ events }, run) => events.append(run.runKey, [event('a'), event('b')]) },
  { name: 'tasks begin', work: begin },
  {
    name: 'a task ends',
    before: begin,
    work: (store, run) =>
      recordProgress(store, run.frozen, {
        ...{ runKey: run.runKey, events: [event('ended')], limits: { usd: 3 } },
        ended: [
          {
            ...{ id: 'one', status: 'failed', agent: 'worker', context: 'one', durationMs: 5, attempts: 1 },
            ...{ error: 'no luck', head: null },
          },
        ],
      }),
  },
  {
    name: 'a run ends',
    before: begin,
    work: (store, run) =>
      finishRun({ store }, run.frozen, {
        ...{ runKey: run.runKey, runId: run.runKey, workflow: 'test', stop: { kind: 'stopped', reason: 'x' } },
        ...{ durationMs: 5, tasks: [], compensations: [], last: { runKey: run.runKey, events: [event('last')] } },
      }),
  },
];

// What a run has come to, but for times, and for how often something was tried.
const stateText = `
select jsonb_build_object(
  'run', (select jsonb_build_array(status, spent_nano, reserved_nano, spent_tokens, reserved_tokens, last_seq, limit_nano, result) from runs where no = $1),
  'ledger', (select jsonb_agg(jsonb_build_array(scope, spent_nano, reserved_nano) order by scope) from ledger where run_no = $1),
  'journal', (select jsonb_agg(jsonb_build_array(key, state, result, reserved_nano) order by key) from journal where run_no = $1),
  'messages', (select jsonb_agg(jsonb_build_array(id, role, cost_nano, content) order by id) from messages where run_no = $1),
  'contexts', (select jsonb_agg(jsonb_build_array(name, head) order by name) from contexts where run_no = $1),
  'events', (select jsonb_agg(jsonb_build_array(seq, key, data) order by seq) from events where run_no = $1),
  'tasks', (select jsonb_agg(jsonb_build_array(id, status, verdict) order by id) from tasks where run_no = $1),
  'issues', (select jsonb_agg(jsonb_build_array(number, title) order by number) from issues where board = $2)) as state`;

describe('a connection that is lost at any statement', () => {
  const definition = plan({ tasks: [task({ id: 'one' }), task({ id: 'two', when: '1 < 2' })] });
  let opened: TestStore;
  let line: BreakingLine;
  let flaky: WorkerStore;
  useTestStore((given) => (opened = given));
  beforeAll(async () => {
    line = await openBreakingLine(opened.database.url);
    flaky = await openStore(line.url);
  });
  afterAll(async () => {
    await flaky.close();
    await line.close();
  });

  async function stateOf({ runKey, frozen }: StoreRun): Promise<unknown> {
    const { rows } = await opened.store.sql.query<{ state: unknown }>(stateText, [frozen.no, frozen.board]);
    return JSON.parse(JSON.stringify(rows[0]!.state).replaceAll(runKey, 'RUN')) as unknown;
  }

  async function prepare({ before }: Case): Promise<StoreRun> {
    const run = await openStoreRun(opened.store, definition, null);
    await before?.(opened.store, run);
    return run;
  }

  async function breakAndRepeat(one: Case, at: number, how: Break): Promise<{ state: unknown; error: unknown }> {
    const run = await prepare(one);
    line.breakAt(at, how);
    const error = await one.work(flaky, run).then(
      () => null,
      (caught: unknown) => caught,
    );
    if (error) await one.work(flaky, run);
    line.breakAt(Infinity, how);
    const state = await stateOf(run);
    await opened.store.runs.remove(run.runKey);
    return { state, error };
  }

  it.each(cases)('is an error, and the same again comes to the same: $name', async (one) => {
    const run = await prepare(one);
    await one.work(flaky, run);
    const wanted = await stateOf(run);
    // Once more, so that the connection is made already.
    line.answers();
    const other = await prepare(one);
    await one.work(flaky, other);
    const statements = line.answers();
    expect(await stateOf(other)).toEqual(wanted);
    expect(statements).toBeGreaterThan(0);
    let lost = 0;
    for (const how of ['between statements', 'before the answer'] as const) {
      for (let at = 1; at <= statements; at++) {
        const { state, error } = await breakAndRepeat(one, at, how);
        if (error) expect(error, `${how} ${at}`).toMatchObject({ name: 'StoreError', reason: 'unreachable' });
        // Else it was heard of, or found again in the same breath, or only told besides.
        lost += error ? 1 : 0;
        expect(state, `${how} ${at}`).toEqual(wanted);
      }
    }
    expect(lost).toBeGreaterThanOrEqual(statements - 1);
  });

  it('is an error of its transaction when the server ends it, while others go on', async () => {
    const { store } = opened;
    const lost = flaky.transaction(async (sql) => {
      const { rows } = await sql.query<{ pid: number }>('select pg_backend_pid() as pid');
      await store.sql.query('select pg_terminate_backend($1, 5000)', [rows[0]!.pid]);
      return (await sql.query('select 1')).rows;
    });
    await expect(lost).rejects.toMatchObject({ name: 'StoreError', reason: 'unreachable' });
    expect((await flaky.sql.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('costs nothing while it rests', async () => {
    await Promise.all([1, 2, 3].map(() => flaky.sql.query('select pg_sleep(0.01)')));
    line.breakAll();
    await until('the database answers again', () =>
      flaky.sql.query('select 1').then(
        () => true,
        () => false,
      ),
    );
  });
});
