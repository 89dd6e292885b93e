import { measureTasks } from '../../../src/store/evaluation/task-measures.ts';
import { describe, expect, it } from 'vitest';
import { finishRun } from '../../../src/activities/run/finish-run.ts';
import { openRollback } from '../../../src/activities/undo/open-rollback.ts';
import type { EndedTask, FinishRunInput } from '../../../src/contracts/progress.ts';
import { createTools } from '../../../src/tools/registry.ts';
import { plan, task } from '../../support/plan/builders.ts';
import type { StoreRun } from '../../support/store/store-run.ts';
import { lineageOf, useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();

const finish = (run: StoreRun, more: Partial<FinishRunInput> = {}) => {
  const input = {
    runKey: run.runKey,
    runId: run.runKey,
    workflow: 'test',
    stop: null,
    durationMs: 10,
    tasks: [],
    compensations: [],
    last: null,
  };
  return finishRun({ store: store() }, run.frozen, { ...input, ...more });
};
const ended = (id: string, more: Partial<EndedTask> = {}): EndedTask => ({
  id,
  status: 'succeeded',
  agent: 'worker',
  context: id,
  durationMs: 1,
  attempts: 1,
  error: null,
  head: null,
  ...more,
});

describe('finishRun', () => {
  it('makes the result of what the store and the workflow know, once', async () => {
    const tasks = [task({ id: 'json', output: { type: 'object' } }), task({ id: 'text' }), task({ id: 'never' })];
    const run = await open(plan({ tasks }));
    await run.begin('json');
    await run.succeed('json', '```json\n{ "n": 1 }\n```');
    await run.begin('text');
    const head = await run.succeed('text', 'words');
    const result = await finish(run, {
      tasks: [ended('text', { head }), ended('never', { status: 'skipped', error: 'why' })],
    });
    expect(result.status).toBe('partial');
    expect(result.tasks).toMatchObject({
      json: { status: 'succeeded', output: '{"n":1}', turns: 1 },
      text: { output: 'words', costUsd: 0.000001, turns: 1 },
      never: { status: 'skipped', error: 'why', turns: 0 },
    });
    expect(await finish(run, { stop: { kind: 'failed', reason: 'late' } })).toEqual(result);
    expect((await store().runs.find(run.runKey))?.result).toEqual(result);
  });

  it('evaluates what the file names as outputs, and says of one without a value why', async () => {
    const tasks = ['report', 'score', 'broken', 'open'].map((id) =>
      task({ id, ...(id === 'score' && { output: { type: 'object' } }) }),
    );
    const outputs = {
      report: 'tasks.report.output',
      total: 'tasks.score.output.n + 1',
      all: '[tasks.report.output, tasks.broken.output]',
      failed: 'tasks.broken.output',
      unfinished: 'tasks.open.output + "!"',
      nothing: 'tasks.score.output.m',
      wrong: 'tasks.report.output + 1',
    };
    const run = await open(plan({ tasks, outputs }));
    for (const id of ['report', 'score', 'broken', 'open']) await run.begin(id);
    const head = await run.succeed('report', 'words');
    await run.succeed('score', '{ "n": 1, "m": null }');
    const broken = ended('broken', { status: 'failed', error: 'no' });
    await run.record({ ended: [broken] });
    const result = await finish(run, { tasks: [ended('report', { head }), ended('score'), broken] });
    expect(result).toMatchObject({ status: 'partial', tasks: { broken: { error: 'no' } } });
    const without = { failed: null, unfinished: null, nothing: null, wrong: null };
    expect(result.outputs).toEqual({ report: 'words', total: 2, all: ['words', null], ...without });
    expect(Object.keys(result.outputs!)).toEqual(Object.keys(outputs));
    expect(result.outputErrors).toEqual({
      failed: 'task "broken" failed',
      unfinished: 'task "open" did not end',
      nothing: 'its expression gives null',
      wrong: 'its expression fails: there is no string + int',
    });
    expect((await store().runs.find(run.runKey))?.result).toEqual(result);
  });

  it('keeps a long output whole in the store, and names the way to it in the history', async () => {
    const outputs = {
      long: 'tasks.a.output',
      twice: 'tasks.a.output + tasks.a.output + tasks.a.output',
      last: '"end"',
    };
    const run = await open(plan({ tasks: [task({ id: 'a' })], outputs }));
    await run.begin('a');
    const head = await run.succeed('a', 'x'.repeat(200_000));
    const result = await finish(run, { tasks: [ended('a', { head })] });
    expect(JSON.stringify(result).length).toBeLessThan(100_000);
    expect(result.outputs).toEqual({ long: null, twice: null, last: 'end' });
    expect(result.outputErrors!['long']).toContain(`\`gaffer output ${run.runKey} long\``);
    const kept = (await store().runs.find(run.runKey))!.result!;
    expect(kept.outputs).toEqual({ long: 'x'.repeat(200_000), twice: null, last: 'end' });
    expect(kept.outputErrors).toEqual({ twice: expect.stringContaining('at most 500000') });
  });

  it('counts reused results for nothing, and those who undo to the task that they undo', async () => {
    const definition = plan({ tasks: [task({ id: 'a' })] });
    const first = await open(definition);
    await first.begin('a');
    await first.succeed('a', 'done');
    const second = await open(definition, lineageOf(first));
    const begun = await second.begin('a');
    await second.record({ ended: [ended('a', { status: 'reused', attempts: 0 })] });
    await second.succeed('undo:a', 'undone');
    const result = await finish(second, { tasks: [ended('a', { status: 'reused', head: null })] });
    expect(begun).toMatchObject({ verdict: 'reuse', preview: 'done' });
    expect(Object.keys(result.tasks)).toEqual(['a']);
    expect(result.tasks['a']).toMatchObject({ status: 'reused', output: 'done', costUsd: 0.000001, turns: 1 });
    expect(result.summary).toMatchObject({ reusedTasks: 1, costUsd: 0.000001 });
    expect(result.status).toBe('succeeded');
    const { status, measures } = (await measureTasks(store().sql, second.frozen.no)).get('a')!;
    expect({ status, ...measures }).toMatchObject({ status: 'reused', executions: 1, succeeded: 1, attempts: 0 });
  });

  it.each(['this version', 'an earlier version'])('lets a rollback keep what ended a run of %s', async (version) => {
    const run = await open(plan({ tasks: [task({ id: 'a' })] }));
    const stop = { kind: 'failed', reason: 'the loop: no number' } as const;
    const compensations = [{ taskId: 'a', taskEnded: true, status: 'failed', error: 'exit code 1' } as const];
    const { reason } = await finish(run, { stop, tasks: [ended('a')], compensations });
    expect(reason).toMatch(/^the loop: no number; rolled back: 0 of 1 undone/);
    if (version !== 'this version')
      await store().sql.query("update runs set result = (result::jsonb - 'stop')::json where no = $1", [run.frozen.no]);
    const after = await finish(run, { rollback: 'execution' });
    expect(after).toMatchObject({ status: 'failed', stop, reason: expect.stringMatching(/^the loop: no number/) });
  });

  it('keeps a result of ten thousand tasks whole in the store, and small in the history', async () => {
    const run = await open(plan());
    const tasks = Array.from({ length: 10_000 }, (_, index) =>
      ended(`t${index}`, index === 9_999 ? { status: 'failed', error: 'no luck' } : {}),
    );
    const result = await finish(run, { tasks });
    expect(JSON.stringify(result).length).toBeLessThan(1_000_000);
    expect(result.summary).toMatchObject({ totalTasks: 10_000, failedTasks: 1 });
    expect(result.tasks['t9999']).toMatchObject({ status: 'failed' });
    const kept = await store().runs.find(run.runKey);
    expect(Object.keys(kept!.result!.tasks)).toHaveLength(10_000);
  });
});

describe('openRollback', () => {
  it('gives what is to be undone, and what the end of the run cut off', async () => {
    const undo = { kind: 'bash', command: 'true', env: {} } as const;
    const run = await open(
      plan({ tasks: ['a', 'b', 'c', 'd'].map((id) => task({ id, compensate: id === 'c' ? null : undo })) }),
    );
    for (const id of ['a', 'b', 'c']) await run.begin(id);
    await run.succeed('a', 'done');
    const tools = createTools({ shell: { sandbox: 'refused' }, web: { allow: [] } });
    const dependencies = { store: store(), tools, workspaceQueue: 'queue', searchAttributes: [] } as never;
    const rollback = await openRollback(dependencies, run.frozen);
    expect(rollback.undo.map(({ taskId, taskEnded }) => [taskId, taskEnded])).toEqual([
      ['b', false],
      ['a', true],
    ]);
    expect(rollback.tasks.map(({ id, status }) => [id, status])).toEqual([
      ['a', 'succeeded'],
      ['b', 'cancelled'],
    ]);
    const rows = await store().runs.tasks(run.runKey);
    expect(rows.map(({ id, status, attempts }) => [id, status, attempts])).toEqual([
      ['a', 'succeeded', 1],
      ['b', 'cancelled', 1],
      ['c', 'cancelled', 1],
      ['d', 'skipped', 0],
    ]);
    expect((await openRollback(dependencies, run.frozen)).undo).toEqual(rollback.undo);
  });
});
