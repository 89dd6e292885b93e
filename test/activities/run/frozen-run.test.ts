import { expect, it } from 'vitest';
import { createFrozenRuns, type FrozenRun } from '../../../src/activities/base/frozen-run.ts';
import { addTasks } from '../../../src/activities/run/add-tasks.ts';
import { taskDefinition } from '../../../src/activities/base/task-definition.ts';
import { toAddedTasks } from '../../../src/workers/to-added-tasks.ts';
import { plan, task } from '../../support/plan/builders.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();

const long = 'x'.repeat(20_000);

it('keeps plans of runs as far as they fit, not so many runs', async () => {
  const large = await open(plan({ tasks: [task({ id: 'one', prompt: long })] }));
  const small = await Promise.all([1, 2, 3].map(() => open(plan({ tasks: [task({ id: 'one' })] }))));
  const frozenRun = createFrozenRuns(store(), { most: 25_000, least: 1 });
  const first = await frozenRun(large.runKey);
  expect(first.length).toBeGreaterThan(20_000);
  expect(await frozenRun(large.runKey)).toBe(first);
  const others = await Promise.all(small.map(({ runKey }) => frozenRun(runKey)));
  expect(await Promise.all(small.map(({ runKey }) => frozenRun(runKey)))).toEqual(others);
  expect(await frozenRun(large.runKey)).not.toBe(first);
});

it('keeps those that are at work side by side, however large they are', async () => {
  const large = plan({ tasks: [task({ id: 'one', prompt: 'x'.repeat(2_500_000) })] });
  const runs = await Promise.all(Array.from({ length: 20 }, () => open(large)));
  const frozenRun = createFrozenRuns(store());
  const read = async (): Promise<FrozenRun[]> => {
    const all: FrozenRun[] = [];
    for (const { runKey } of runs) all.push(await frozenRun(runKey));
    return all;
  };
  const [before, after] = [await read(), await read()];
  expect(after.every((run, index) => run === before[index])).toBe(true);
});

it('counts tasks that were added while the run lived', async () => {
  const run = await open(plan());
  const added = { id: 'x', profile: 'worker', prompt: long };
  await addTasks({ store: store(), toAddedTasks }, run.frozen, {
    runKey: run.runKey,
    key: 'k',
    parent: null,
    tasks: [added],
  });
  const frozen = await createFrozenRuns(store())(run.runKey);
  const before = frozen.length;
  await taskDefinition(store().sql, frozen, 'x');
  await taskDefinition(store().sql, frozen, 'x#2');
  expect(frozen.length - before).toBeGreaterThan(20_000);
  expect(frozen.length - before).toBeLessThan(30_000);
});
