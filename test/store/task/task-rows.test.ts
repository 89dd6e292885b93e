import { describe, expect, it } from 'vitest';
import type { RunEventDraft } from '../../../src/domain/run/run-events.ts';
import { writeCheckpoint } from '../../../src/store/run/checkpoints.ts';
import { writeCompensated } from '../../../src/store/task/task-rows.ts';
import { plan, task } from '../../support/plan/builders.ts';
import { lineageOf, useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();
const bash = { kind: 'bash', command: 'true', env: {} } as const;

describe('undoList', () => {
  it('names what never ended first, then the rest in reverse order of end', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const tasks = ids.map((id) => task({ id, compensate: id === 'c' ? null : bash }));
    const run = await open(plan({ tasks }));
    for (const id of ids) await run.begin(id);
    await run.succeed('b', 'done');
    await run.succeed('a', 'done');
    await run.succeed('c', 'done');
    await run.record({
      ended: [
        {
          id: 'f',
          status: 'cancelled',
          agent: 'worker',
          context: 'f',
          durationMs: 1,
          attempts: 1,
          error: 'cancelled',
          head: null,
        },
      ],
    });
    await run.fail('e', { attempts: 0 });
    const list = async () => (await store().runs.undoList(run.runKey)).map(({ id, taskEnded }) => [id, taskEnded]);
    const all = [
      ['f', false],
      ['d', false],
      ['a', true],
      ['b', true],
    ];
    expect(await list()).toEqual(all);
    await writeCompensated(store().sql, run.frozen.no, { id: 'a', error: null });
    await writeCompensated(store().sql, run.frozen.no, { id: 'b', error: 'no luck' });
    expect(await list()).toEqual([all[0], all[1], all[3]]);
    await run.record({
      ended: [
        {
          id: 'd',
          status: 'compensated',
          agent: 'worker',
          context: 'd',
          durationMs: 1,
          attempts: 1,
          error: null,
          head: null,
        },
      ],
    });
    expect(await list()).toEqual([all[0], all[3]]);
  });

  it('leaves out what an earlier run did, and what was never begun', async () => {
    const definition = plan({ tasks: [task({ id: 'a', compensate: bash }), task({ id: 'b', compensate: bash })] });
    const first = await open(definition);
    await first.begin('a');
    await first.succeed('a', 'done');
    const second = await open(definition, lineageOf(first));
    expect(await second.begin('a')).toMatchObject({ verdict: 'reuse' });
    expect(await store().runs.undoList(second.runKey)).toEqual([]);
    await writeCompensated(store().sql, first.frozen.no, { id: 'a', error: null });
    const third = await open(definition, lineageOf(first));
    expect(await third.begin('a')).toMatchObject({ verdict: 'start' });
  });
});

describe('checkpoints', () => {
  it('keep which tasks had ended and where conversations stood, once', async () => {
    const run = await open(plan({ tasks: [task({ id: 'a' }), task({ id: 'b' })] }));
    await run.begin('a');
    await run.succeed('a', 'done');
    await run.begin('b');
    const save = () =>
      writeCheckpoint(store().sql, run.frozen.no, { name: 'tasks/1', after: 'a', snapshot: null, snapshots: {} });
    await save();
    await run.succeed('b', 'done');
    await save();
    const checkpoints = await store().runs.checkpoints(run.runKey);
    expect(checkpoints).toMatchObject([{ name: 'tasks/1', after: 'a', tasks: ['a'], snapshot: null }]);
  });
});

describe('waiting', () => {
  it('lists what waits over all runs that have not ended', async () => {
    const ask = (id: string, taskId: string): RunEventDraft => ({
      ...{
        key: `ask/${id}`,
        type: 'approval:requested',
        approvalId: id,
        taskId,
        what: `start of ${taskId}`,
        detail: 'x',
      },
      ...{ by: [], needed: 1, deadline: null },
    });
    const first = await open(plan());
    const second = await open(plan());
    const closed = await open(plan());
    await first.record({ events: [ask('one', 'a'), ask('two', 'b')] });
    await second.record({
      events: [
        {
          key: 'b',
          type: 'blocker:raised',
          blockerId: 'three',
          taskId: 'c',
          agentName: 'w',
          detail: 'stuck',
          asks: 'a person',
        },
      ],
    });
    await closed.record({ events: [ask('four', 'd')] });
    await store().sql.query('update runs set ended_at = now() where run_key = $1', [closed.runKey]);
    const ids = async () => (await store().runs.waiting()).map(({ id, runId }) => [runId, id]);
    expect(await ids()).toEqual([
      [first.runKey, 'one'],
      [first.runKey, 'two'],
      [second.runKey, 'three'],
    ]);
    await first.record({
      events: [
        {
          key: 'd',
          type: 'approval:decided',
          approvalId: 'one',
          taskId: 'a',
          decision: 'reject',
          by: 'ann',
          comment: '',
          edited: false,
        },
        { key: 'e', type: 'approval:expired', approvalId: 'two', taskId: 'b', outcome: 'deny' },
      ],
    });
    expect(await ids()).toEqual([[second.runKey, 'three']]);
    expect(await store().runs.waiting(0)).toEqual([]);
  });
});

describe('remove', () => {
  it('takes everything of a run with it', async () => {
    const run = await open(plan({ tasks: [task({ id: 'a', forEach: { items: '[1]', size: null } })] }));
    await run.begin('a');
    await run.record({ messages: [{ id: 'm', to: 'a', from: 'ann', text: 'hi' }] });
    await writeCheckpoint(store().sql, run.frozen.no, { name: 'x', after: 'x', snapshot: null, snapshots: {} });
    expect(await store().runs.remove(run.runKey)).toBe(true);
    for (const table of ['tasks', 'task_items', 'checkpoints', 'inbox']) {
      const { rows } = await store().sql.query(`select 1 from ${table} where run_no = $1`, [run.frozen.no]);
      expect(rows).toEqual([]);
    }
  });
});
