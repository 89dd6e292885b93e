import { expect, it } from 'vitest';
import { addCalls } from '../../../src/activities/run/add-calls.ts';
import type { CalledAgent } from '../../../src/contracts/script.ts';
import { scriptPlan } from '../../support/plan/script-plan.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();

const call = (id: string, more: Partial<CalledAgent> = {}): CalledAgent => ({
  ...{ id, label: id, heading: null, prompt: `Do ${id}`, agentType: null, model: null, schema: null, ...more },
});

it('adds calls once, and says the same of them when it is asked again', async () => {
  const run = await open(scriptPlan('return 1'));
  const add = (key: string, calls: CalledAgent[]) =>
    addCalls(store(), run.frozen, { runKey: run.runKey, script: 'script', key, calls });
  await add('before', [call('taken')]);
  const calls = [call('x'), call('taken'), call('y', { agentType: 'nobody' })];
  const { added } = await add('k', calls);
  expect(added).toMatchObject([
    { task: { id: 'x', askedBy: 'script' } },
    { problem: 'the run has another task taken: give the call another label' },
    { problem: 'there is no agent "nobody"' },
  ]);
  expect((await add('k', calls)).added).toEqual(added);
  expect((await store().runs.tasks(run.runKey)).map(({ id }) => id)).toEqual(['taken', 'x']);
  const more = await add('k', [call('x'), call('z')]);
  expect(more.added).toMatchObject([{ task: { id: 'x' } }, { task: { id: 'z' } }]);
  expect((await store().runs.tasks(run.runKey)).map(({ id }) => id)).toEqual(['taken', 'x', 'z']);
});
