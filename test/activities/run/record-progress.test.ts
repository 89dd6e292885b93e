import { describe, expect, it } from 'vitest';
import type { RecordProgressInput } from '../../../src/contracts/progress.ts';
import type { TaskApproval } from '../../../src/domain/plan/plan.ts';
import { phase, plan, task } from '../../support/plan/builders.ts';
import { beginWait, callKeys } from '../../../src/store/wakes/waits.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();
const approvalBefore: TaskApproval = {
  at: 'before',
  when: null,
  by: [],
  needed: 1,
  deadlineMs: null,
  remindMs: null,
  escalate: null,
  onTimeout: 'halt',
};
const expression = (source: string) => [{ expression: source }];

describe('recordProgress begins tasks', () => {
  it('renders a prompt with the outputs that it names', async () => {
    const schema = { type: 'object' };
    const first = task({ id: 'a-b', output: schema });
    const second = task({ id: 'text' });
    const third = task({
      id: 'last',
      template: [
        'n=',
        { expression: 'tasks.a_b.output.n' },
        ' t=',
        { expression: 'tasks.text.output' },
        ' ',
        { expression: 'task.id' },
      ],
    });
    const run = await open(plan({ tasks: [first, second, third] }));
    await run.begin('a-b');
    await run.succeed('a-b', 'Here it is:\n```json\n{"n": 7}\n```');
    await run.begin('text');
    await run.succeed('text', 'plain ${{ not.parsed }}');
    expect(await run.begin('last')).toMatchObject({ verdict: 'start', asks: false });
    const rows = await store().runs.tasks(run.runKey);
    expect(rows.find(({ id }) => id === 'last')).toMatchObject({
      prompt: 'n=7 t=plain ${{ not.parsed }} last',
      status: 'running',
    });
  });

  it('skips a task whose condition is false, and fails one whose condition has no answer', async () => {
    const run = await open(
      plan({
        tasks: [
          task({ id: 'no', when: '1 > 2' }),
          task({ id: 'odd', when: '1 + 1' }),
          task({ id: 'bad', when: 'tasks.no.output.x.y > 2' }),
        ],
      }),
    );
    expect(await run.begin('no')).toEqual({ id: 'no', verdict: 'skip', reason: 'its condition is false: 1 > 2' });
    expect(await run.begin('odd')).toMatchObject({ verdict: 'fail', error: 'odd: 1 + 1 gives 2, not true or false' });
    const rows = await store().runs.tasks(run.runKey);
    expect(rows.map(({ id, status }) => [id, status])).toEqual([
      ['no', 'skipped'],
      ['odd', 'failed'],
    ]);
  });

  it('expands a for_each, and hands each member its item', async () => {
    const run = await open(
      plan({
        inputs: { parts: ['x', { deep: [1] }] },
        tasks: [
          task({
            id: 'build',
            forEach: { items: 'inputs.parts', size: null },
            template: ['Build ', ...expression('item')],
          }),
          task({ id: 'sum', template: expression('tasks.build.output') }),
          task({ id: 'none', forEach: { items: '[]', size: null } }),
          task({ id: 'wrong', forEach: { items: '"text"', size: null } }),
        ],
      }),
    );
    expect(await run.begin('build')).toEqual({ id: 'build', verdict: 'expand', width: 2 });
    await run.begin('build[0]');
    await run.begin('build[1]');
    await run.succeed('build[1]', 'second');
    await run.fail('build[0]');
    await run.begin('sum');
    const rows = new Map((await store().runs.tasks(run.runKey)).map((row) => [row.id, row]));
    expect(rows.get('build[1]')!.prompt).toBe('Build {"deep":[1]}');
    expect(rows.get('build[0]')!.context).toBe('build[0]');
    expect(rows.get('sum')!.prompt).toBe('[null,"second"]');
    expect(rows.get('build')).toMatchObject({ status: 'failed', width: 2 });
    expect(await run.begin('none')).toMatchObject({ verdict: 'expand', width: 0 });
    expect(await run.begin('wrong')).toMatchObject({
      verdict: 'fail',
      error: expect.stringContaining('not a list') as string,
    });
  });

  it('answers the same when it is asked again, and changes nothing', async () => {
    const run = await open(plan({ tasks: [task({ id: 'a' })] }));
    const input: Partial<RecordProgressInput> = {
      begin: [{ task: 'a', item: null, iteration: 1, id: 'a', epoch: 0, head: null }],
      events: [{ key: 'x', type: 'task:resumed', taskId: 'a' }],
    };
    const first = await Promise.all([run.record(input), run.record(input)]);
    const before = await store().runs.tasks(run.runKey);
    expect(await run.record(input)).toEqual(first[0]);
    expect(first[1]).toEqual(first[0]);
    expect(await store().runs.tasks(run.runKey)).toEqual(before);
    expect(await store().events.list(run.runKey)).toHaveLength(1);
  });

  it('takes a prompt that a person changed, and a later epoch begins afresh', async () => {
    const run = await open(plan({ tasks: [task({ id: 'a', approval: approvalBefore })] }));
    expect(await run.begin('a')).toMatchObject({ verdict: 'start', asks: true, detail: 'Do a.' });
    expect(await run.begin('a', { prompt: 'Do less.' })).toMatchObject({ verdict: 'start', asks: false });
    expect((await store().runs.tasks(run.runKey))[0]!.prompt).toBe('Do less.');
    await run.fail('a');
    await run.begin('a', { epoch: 1 });
    expect((await store().runs.tasks(run.runKey))[0]).toMatchObject({
      status: 'running',
      epoch: 1,
      prompt: 'Do a.',
      endedNo: null,
    });
  });

  it('reads only what an expression names', async () => {
    const run = await open(
      plan({ tasks: [task({ id: 'a' }), task({ id: 'b', when: 'tasks.a.status == "succeeded"' })] }),
    );
    await run.begin('a');
    // Its answer is gone: whoever asks for the status alone must not need it.
    await run.record({
      ended: [
        {
          id: 'a',
          status: 'succeeded',
          agent: 'worker',
          context: 'a',
          durationMs: 1,
          attempts: 1,
          error: null,
          head: 'gone',
        },
      ],
    });
    expect(await run.begin('b')).toMatchObject({ verdict: 'start' });
  });
});

describe('recordProgress answers', () => {
  it('says whether loops are over', async () => {
    const looped = task({ id: 'a', repeat: { until: 'tasks.a.output == "done"', max: 3 } });
    const phases = [{ ...phase('P'), repeat: { until: 'tasks.nothing.output', max: 2 } }];
    const run = await open(plan({ phases, tasks: [looped] }));
    const check = () => run.record({ loops: [{ loop: { task: 'a' }, iteration: 1 }] });
    await run.begin('a');
    await run.succeed('a', 'more');
    expect((await check()).loops).toEqual([{ isOver: false, error: null }]);
    await run.begin('a#2');
    await run.succeed('a#2', 'done');
    expect((await check()).loops).toEqual([{ isOver: true, error: null }]);
    const { loops } = await run.record({ loops: [{ loop: { phase: 0 }, iteration: 1 }] });
    expect(loops).toMatchObject([{ isOver: true, error: expect.stringMatching(/^"tasks\.nothing\.output" of P: ./) }]);
  });

  it('says whether an approval after the end is asked for', async () => {
    const tasks = [
      task({ id: 'a', approval: { ...approvalBefore, at: 'after', when: 'tasks.a.output == "risky"' } }),
      task({ id: 'b', approval: { ...approvalBefore, at: 'after' } }),
      task({
        id: 'w',
        forEach: { items: '["x", "y"]', size: null },
        approval: { ...approvalBefore, at: 'after', when: 'tasks.w.output == item' },
      }),
    ];
    const run = await open(plan({ tasks }));
    await run.begin('a');
    await run.succeed('a', 'risky');
    expect((await run.record({ asks: ['a', 'b'] })).asks).toEqual([true, true]);
    await run.begin('a', { epoch: 1 });
    await run.succeed('a', 'fine');
    expect((await run.record({ asks: ['a'] })).asks).toEqual([false]);
    await run.begin('w');
    await run.begin('w[1]');
    await run.succeed('w[1]', 'y');
    await run.begin('w[0]');
    await run.succeed('w[0]', 'z');
    expect((await run.record({ asks: ['w[0]', 'w[1]'] })).asks).toEqual([false, true]);
  });

  it('changes limits and status, and keeps what is not named', async () => {
    const run = await open(plan());
    await run.record({ limits: { tokens: 10 }, status: 'paused' });
    await run.record({ limits: { usd: 2, usdPerMinute: 1 } });
    const { rows } = await store().sql.query(
      'select status, limit_nano, limit_tokens, limit_nano_per_minute from runs where run_key = $1',
      [run.runKey],
    );
    expect(rows).toEqual([{ status: 'paused', limit_nano: 2e9, limit_tokens: 10, limit_nano_per_minute: 1e9 }]);
  });

  // A signal would be refused while its own workflow task, which waits for this step, has to end the run once more.
  it('tells tasks that are a part of the run by its result that they are woken', async () => {
    const run = await open(plan({ tasks: ['a', 'b'].map((id) => task({ id })) }));
    const { no } = run.frozen;
    const wait = { callKey: 'b~1/1/t/0', key: 'lock/doc/b~1', workflowId: run.frozen.runId, taskId: 'b' };
    await store().transaction((sql) => beginWait(sql, { no, ...wait }));
    await run.begin('a');
    expect(await run.record({})).not.toHaveProperty('reports');
    await store().transaction((sql) => callKeys(sql, no, [wait.key]));
    const end = { key: 'complete/a~1', type: 'task:complete', taskId: 'a', agentName: 'worker' } as const;
    const told = { ...end, success: true, duration: 1, tokensUsed: 1, costUsd: 0, turns: 1 };
    expect(await run.record({ events: [told] })).toMatchObject({
      reports: [{ taskId: 'b', kind: 'woken', key: wait.key }],
    });
  });
});
