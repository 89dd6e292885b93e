import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredMessage } from '../../../src/store/run/conversation.ts';
import type { Holder, ModelIntent, ModelOutcome } from '../../../src/store/journal/entry.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openRun, runNo, savePlan } from '../../../src/store/runs.ts';
import { plan } from '../../support/plan/builders.ts';
import { useTestStore } from '../../support/store/test-store.ts';

const holder = (): Holder => ({
  token: randomUUID(),
  host: 'here',
  pid: 1,
  workflowId: 'w',
  runId: 'r',
  activityId: '1',
});

function message(id: string, role: StoredMessage['role']): StoredMessage {
  return {
    id,
    parent: role === 'user' ? null : id.replace('answer', 'question'),
    root: id.replace('answer', 'question'),
    viewFrom: null,
    depth: role === 'user' ? 1 : 2,
    callKey: 'one~1/1/0',
    role,
    content: [{ type: 'text', text: `half a pair \ud800 and NUL \u0000` }],
  };
}

describe('journal', () => {
  let store: WorkerStore;
  let runKey: string;
  let no: number;
  useTestStore((opened) => (store = opened.store));
  beforeEach(async () => {
    runKey = `run-${randomUUID()}`;
    const planHash = await savePlan(store.sql, plan());
    const run = { runKey, runId: runKey, temporalRunId: 't', plan: plan(), planHash, board: runKey, launch: null };
    no = await openRun(store.sql, run, { nano: 1000, tokens: null });
  });

  const intent = (overrides: Partial<ModelIntent> = {}): ModelIntent => ({
    no,
    key: 'one~1/1/0',
    holder: holder(),
    message: message(`question-${runKey}`, 'user'),
    intent: { head: `question-${runKey}` },
    reserve: { nano: 400, tokens: 10 },
    events: [{ key: 'invoke', type: 'task:skipped', taskId: 'one', reason: 'test' }],
    ...overrides,
  });
  const outcome = (token: string, overrides: Partial<ModelOutcome> = {}): ModelOutcome => ({
    no,
    key: 'one~1/1/0',
    token,
    message: message(`answer-${runKey}`, 'assistant'),
    usage: {},
    cost: 100,
    tokens: 5,
    result: { text: 'answer' },
    context: { name: 'one', agent: 'worker' },
    events: [{ key: 'answer', type: 'task:skipped', taskId: 'one', reason: 'test' }],
    ...overrides,
  });
  const budget = async () => {
    const { rows } = await store.sql.query(
      'select spent_nano, reserved_nano, spent_tokens, last_seq from runs where no = $1',
      [no],
    );
    return rows[0];
  };

  it('J1 finds a committed answer again, and never lets it be replaced', async () => {
    const first = intent();
    expect(await store.journal.beginModel(first)).toEqual({ state: 'fresh' });
    expect(await store.journal.commitModel(outcome(first.holder.token))).not.toBeNull();
    expect(await store.journal.beginModel(intent())).toEqual({ state: 'done', result: { text: 'answer' } });
    expect(await store.journal.commitModel(outcome(first.holder.token, { result: { text: 'other' } }))).toBeNull();
    expect(await budget()).toEqual({ spent_nano: 100, reserved_nano: 0, spent_tokens: 5, last_seq: 2 });
  });

  it('J2 writes nothing at all when the reservation does not fit', async () => {
    const begun = await store.journal.beginModel(intent({ reserve: { nano: 1001, tokens: 0 } }));
    expect(begun).toMatchObject({
      state: 'exceeded',
      exceeded: { scope: 'run', unit: 'usd', limit: 1000, reserved: 0 },
    });
    expect(await budget()).toMatchObject({ reserved_nano: 0, last_seq: 0 });
    expect(await store.events.list(runKey)).toEqual([]);
  });

  it('J2 J4 lets exactly one of many attempts at once begin afresh, and reserves once', async () => {
    const begun = await Promise.all(Array.from({ length: 8 }, () => store.journal.beginModel(intent())));
    expect(begun.filter((one) => one.state === 'fresh')).toHaveLength(1);
    expect(begun.filter((one) => one.state === 'resumed')).toHaveLength(7);
    expect(await budget()).toMatchObject({ reserved_nano: 400, last_seq: 1 });
  });

  it('J3 lets only the last owner commit', async () => {
    const first = intent();
    const second = intent();
    await store.journal.beginModel(first);
    expect(await store.journal.beginModel(second)).toMatchObject({
      state: 'resumed',
      attempts: 2,
      reserved: { nano: 400 },
    });
    expect(await store.journal.commitModel(outcome(first.holder.token))).toBeNull();
    expect(await budget()).toMatchObject({ spent_nano: 0, reserved_nano: 400 });
    expect(await store.journal.commitModel(outcome(second.holder.token))).not.toBeNull();
  });

  it('J4 gives a reservation back when the intent is dropped', async () => {
    const first = intent();
    await store.journal.beginModel(first);
    await store.journal.drop(no, first.key, 'not the owner');
    expect(await budget()).toMatchObject({ reserved_nano: 400 });
    await store.journal.drop(no, first.key, first.holder.token);
    expect(await budget()).toMatchObject({ reserved_nano: 0 });
  });

  it('J6 begins nothing in a cancelled run but what undoes, or helps with that', async () => {
    await store.events.append(runKey, [{ key: 'cancelled', type: 'run:cancelled', reason: 'enough' }]);
    const begin = async (key: string): Promise<string> => {
      const { state } = await store.journal.beginModel(intent({ key, message: message(`question-${key}`, 'user') }));
      return state;
    };
    const workers = ['two', 'help:1:two', 'undo:two', 'help:2:undo:two'];
    const states = [];
    for (const worker of workers) states.push(await begin(`${worker}~1/1/0`));
    expect(states).toEqual(['cancelled', 'cancelled', 'fresh', 'fresh']);
  });

  it('holds parallel reservations below the limit', async () => {
    const keys = ['a~1/1/0', 'b~1/1/0', 'c~1/1/0', 'd~1/1/0'];
    const begun = await Promise.all(
      keys.map((key) =>
        store.journal.beginModel(
          intent({ key, message: null, events: [{ key, type: 'task:skipped', taskId: 'x', reason: '' }] }),
        ),
      ),
    );
    expect(begun.map((one) => one.state).toSorted()).toEqual(['exceeded', 'exceeded', 'fresh', 'fresh']);
  });

  it('does quick work once, also when two do it at once', async () => {
    const results = await Promise.all(
      ['a', 'b', 'c'].map((board) =>
        store.journal.once(no, 'tool', async (sql) => {
          await sql.query('insert into issue_boards (board) values ($1)', [board]);
          return { board };
        }),
      ),
    );
    const { rows } = await store.sql.query<{ board: string }>('select board from issue_boards');
    expect(rows).toHaveLength(1);
    expect(results).toEqual([rows[0], rows[0], rows[0]]);
  });

  it('takes a failed piece of quick work back as a whole', async () => {
    const fail = store.journal.once(no, 'tool', async (sql) => {
      await sql.query(`update runs set reason = 'changed' where no = $1`, [no]);
      throw new Error('no luck');
    });
    await expect(fail).rejects.toThrow('no luck');
    const { rows } = await store.sql.query<{ reason: string | null }>('select reason from runs where no = $1', [no]);
    expect(rows[0]?.reason).toBeNull();
    expect(await store.journal.once(no, 'tool', async () => ({ ok: true }))).toEqual({
      ok: true,
    });
  });

  it('numbers events without gaps in the order of their commits', async () => {
    const append = (index: number) =>
      store.events.append(runKey, [
        { key: `e${index}`, type: 'task:skipped', taskId: `t${index}`, reason: '' },
        { key: 'same', type: 'task:skipped', taskId: 'same', reason: '' },
      ]);
    await Promise.all(Array.from({ length: 20 }, (_, index) => append(index)));
    const events = await store.events.list(runKey);
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    expect(await runNo(store.sql, runKey)).toBe(no);
  });
});
