import { describe, expect, it } from 'vitest';
import { addTasks } from '../../../src/activities/run/add-tasks.ts';
import { createFrozenRuns } from '../../../src/activities/base/frozen-run.ts';
import { taskDefinition } from '../../../src/activities/base/task-definition.ts';
import { planDefaults } from '../../../src/domain/plan/plan.ts';
import { toAddedTasks } from '../../../src/workers/to-added-tasks.ts';
import { writeEvaluation } from '../../../src/store/evaluation/evaluations.ts';
import { agent, plan } from '../../support/plan/builders.ts';
import { evaluation } from '../../support/plan/evaluation.ts';
import type { StoreRun } from '../../support/store/store-run.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();

const limits = { ...planDefaults.limits, maxDepth: 2, maxFanOut: 3, maxAddedTasks: 5 };
const add = (run: StoreRun, key: string, parent: string | null, tasks: string[]) =>
  addTasks({ store: store(), toAddedTasks }, run.frozen, { runKey: run.runKey, key, parent, tasks: tasks.map(toTask) });
const toTask = (id: string) => ({ id, profile: 'worker', prompt: 'From ${{ tasks.one.output }}' });

describe('addTasks', () => {
  it('adds once, tells of it, and lets the tasks begin like those of the plan', async () => {
    const run = await open(plan({ limits }));
    const added = await add(run, 'k', 'one', ['x', 'y']);
    expect(added).toMatchObject({
      problems: null,
      added: [
        { id: 'x', depth: 1 },
        { id: 'y', depth: 1 },
      ],
    });
    expect(await add(run, 'k', 'one', ['x', 'y'])).toEqual(added);
    expect((await store().events.list(run.runKey)).map(({ type }) => type)).toEqual(['task:added', 'task:added']);
    await run.begin('one');
    await run.succeed('one', 'the first');
    expect(await run.begin('x')).toMatchObject({ verdict: 'start' });
    const rows = await store().runs.tasks(run.runKey);
    expect(rows.find(({ id }) => id === 'x')).toMatchObject({ prompt: 'From the first', parent: 'one', depth: 1 });
    expect(rows.find(({ id }) => id === 'y')).toMatchObject({ status: 'pending' });
  });

  it('finds an added task by the ids of its executions, in another process too', async () => {
    const run = await open(plan({ limits }));
    await add(run, 'k', null, ['x']);
    const other = await createFrozenRuns(store())(run.runKey);
    for (const id of ['x', 'x#2', 'x[3]', 'undo:x', 'help:1:x']) {
      expect(await taskDefinition(store().sql, other, id)).toMatchObject({ id: 'x' });
    }
    expect(await taskDefinition(store().sql, other, 'nobody')).toBeUndefined();
  });

  it('adds nothing when one of them is wrong, and says what', async () => {
    const run = await open(plan({ limits }));
    expect(await add(run, 'k', null, ['x', 'one'])).toMatchObject({
      added: null,
      problems: expect.stringContaining('one') as string,
    });
    await add(run, 'l', null, ['x']);
    expect(await add(run, 'm', null, ['x'])).toMatchObject({
      added: null,
      problems: expect.stringContaining('x') as string,
    });
    expect((await store().runs.tasks(run.runKey)).map(({ id }) => id)).toEqual(['x']);
  });

  it('holds the limits of depth, fan-out and number, also against many at once', async () => {
    const run = await open(plan({ limits }));
    expect((await add(run, 'wide', 'one', ['a', 'b', 'c', 'd'])).problems).toContain('at most 3');
    await add(run, 'k1', 'one', ['a']);
    expect((await add(run, 'more', 'one', ['b', 'c', 'd'])).problems).toContain('max_fan_out is 3');
    await add(run, 'k2', 'a', ['aa']);
    expect((await add(run, 'k3', 'aa', ['aaa'])).problems).toContain('max_depth is 2');
    const results = await Promise.all(['p', 'q', 'r', 's', 't'].map((id) => add(run, id, null, [id])));
    expect(results.filter(({ problems }) => problems === null)).toHaveLength(3);
    expect(results.find(({ problems }) => problems !== null)!.problems).toContain('max_added_tasks is 5');
  });

  it('gives a task that names nobody to the delegate whose work was scored best, and says why; or not, as the file says', async () => {
    const agents = Object.fromEntries(['one', 'two'].map((name) => [name, agent({ name })]));
    const crew = plan({ agents: { ...plan().agents, ...agents }, delegates: ['one', 'two'], defaultAgent: null });
    const before = await open(crew);
    const check = { name: 'c', kind: 'judge', weight: 1, detail: '' } as const;
    const checks = (score: number | null) => ({ checks: [{ ...check, score }] });
    const scored = evaluation({
      a: { agent: 'one', score: 40, ...checks(40) },
      b: { agent: 'two', score: 90, ...checks(90) },
      c: { agent: 'two', score: null },
      // Nobody looked at these, or only in the run that they were taken over from.
      d: { agent: 'one', score: 100 },
      e: { agent: 'one', score: 100, ...checks(null) },
      f: { agent: 'one', score: 100, ...checks(100), status: 'reused' },
    });
    for (const by of ['e1', 'e2'])
      await writeEvaluation(store().sql, before.frozen.no, { byRun: by, evaluation: scored });
    const addIn = async (run: StoreRun, ids: string[]) => {
      const tasks = ids.map((id) => ({ id, prompt: 'Do it' }));
      await addTasks({ store: store(), toAddedTasks }, run.frozen, {
        runKey: run.runKey,
        key: 'k',
        parent: 'one',
        tasks,
      });
      return (await store().events.list(run.runKey)).flatMap((event) =>
        event.type === 'task:added' ? [{ agent: event.agentName, why: event.chosen }] : [],
      );
    };
    const ids = ['x', 'y', 'z'];
    const told = await addIn(await open(crew), ids);
    // Whatever the lot says: it is told.
    expect(told).toHaveLength(ids.length);
    for (const { agent: name, why } of told) {
      expect(why).toMatch(/^(by lot; )?scores: one 40 of 1, two 90 of 1$/);
      if (!why!.startsWith('by lot')) expect(name).toBe('two');
    }
    const quiet = await open({ ...crew, evaluate: { checks: [], plan: null, learns: false } });
    expect(await addIn(quiet, ids)).toEqual(ids.map(() => ({ agent: 'one', why: 'fits best' })));
  });
});
