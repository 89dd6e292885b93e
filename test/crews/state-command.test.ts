import { expect, it } from 'vitest';
import { execute } from '../../src/cli/state/state.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { testContext } from '../support/command/test-context.ts';
import { plan, task } from '../support/plan/builders.ts';
import { stateAgent } from '../support/store/state-agent.ts';
import { openStoreRun } from '../support/store/store-run.ts';
import { useTestStore } from '../support/store/test-store.ts';
import type { TestStore } from '../support/store/test-store.ts';

let opened: TestStore;
useTestStore((given) => (opened = given));

it('shows what agents share, one value, its versions and locks, on any width, and obeys nothing that agents wrote', async () => {
  const run = await openStoreRun(opened.store, plan({ tasks: [task({ id: 'a' })] }), null);
  const [a, b] = [stateAgent(opened.store, run, 'a'), stateAgent(opened.store, run, 'b')];
  const show = async (columns: number, key?: string, options: { history?: boolean; json?: boolean } = {}) => {
    const { context, out, err } = testContext(tempFolder(), { DATABASE_URL: opened.database.url });
    context.terminal.outColumns = () => columns;
    await execute(context, [run.runKey, ...(key === undefined ? [] : [key])], options);
    return { out: out(), err: err() };
  };
  expect(await show(80)).toMatchObject({ out: '', err: expect.stringContaining('share no values') });
  await a.set({ key: 'plan/items', value: { text: `\u001b]0;owned\u0007${'long '.repeat(100)}` } });
  await a.set({ key: 'count', value: 1 });
  await b.set({ key: 'count', value: [2] });
  await a.lock('count');
  await b.lock('count');
  for (const columns of [80, 160]) {
    const lines = (await show(columns)).out.split('\n');
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    expect(lines).toContainEqual(expect.stringMatching(/^count +2 +\[2\] +b_agent/));
    expect(lines).toContainEqual(expect.stringMatching(/^count +a_agent .* b_agent$/));
    expect(lines.join('\n')).not.toContain('\u001b');
  }
  expect(await show(80, 'count')).toMatchObject({
    out: '[\n  2\n]\n',
    err: expect.stringContaining('Version 2, by b_agent'),
  });
  expect((await show(80, 'plan/items')).out).not.toContain('\u001b');
  expect((await show(80, 'count', { history: true })).out.split('\n').slice(1, 3)).toEqual([
    expect.stringMatching(/^ +1 +1 +a_agent/),
    expect.stringMatching(/^ +2 +\[2\] +b_agent/),
  ]);
  const versions = JSON.parse((await show(80, 'count', { history: true, json: true })).out) as JsonObject[];
  expect(versions.map(({ version }) => version)).toEqual([1, 2]);
  await expect(show(80, 'cuont')).rejects.toThrow('did you mean count?');
  await expect(show(80, undefined, { history: true })).rejects.toThrow('name it');
});
