import { describe, expect, it } from 'vitest';
import { countTries, listCompensations } from '../../../src/store/run/compensations.ts';
import type { Holder } from '../../../src/store/journal/entry.ts';
import { writeCompensated } from '../../../src/store/task/task-rows.ts';
import { plan, task } from '../../support/plan/builders.ts';
import type { StoreRun } from '../../support/store/store-run.ts';
import { lineageOf, useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();
const holder: Holder = { token: 'mine', host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: 'a' };
const undo = { kind: 'bash', command: 'true', env: {} } as const;
const ids = ['a', 'b', 'c'];
const definition = () => plan({ tasks: ids.map((id) => task({ id, prompt: `Do ${id}.`, compensate: undo })) });

async function runAll(run: StoreRun): Promise<void> {
  for (const id of ids) {
    await run.begin(id);
    await run.succeed(id, `answer of ${id}`);
  }
}

const tell = (run: StoreRun, id: string, again = '') =>
  run.record({
    events: [{ key: `undo/${id}${again}`, type: 'compensation:start', taskId: id, taskEnded: true, what: 'undo' }],
  });

describe('countTries', () => {
  it('counts what failed, not what nobody brought to its end, and the attempts of agents', async () => {
    const run = await open(definition());
    const { journal } = store();
    const begin = (key: string) => journal.beginTool({ no: run.frozen.no, key, holder, events: [] });
    const end = (key: string, error: string | null) =>
      journal.commitTool({ no: run.frozen.no, key, token: holder.token, result: { error }, events: [] });
    for (const key of [
      'undo:a/0',
      'undo:a/0/1',
      'undo:a/0/2',
      'undo:b[0]/0',
      'undo:c#2~1/0/undo/0',
      'undo:c#2~4/1/x/0',
    ]) {
      await begin(key);
    }
    for (const key of ['undo:a/0', 'undo:a/0/1']) await end(key, 'exit code 1');
    await end('undo:b[0]/0', null);
    expect(await countTries(store().sql, run.frozen.no)).toEqual(
      new Map([
        ['a', 2],
        ['b[0]', 0],
        ['c#2', 4],
      ]),
    );
  });
});

describe('listCompensations', () => {
  it('gives what became of each undo, in the order of their last tries', async () => {
    const run = await open(definition());
    await runAll(run);
    const { no } = run.frozen;
    for (const id of ['c', 'b', 'a']) await tell(run, id);
    await writeCompensated(store().sql, no, { id: 'c', error: 'exit code 1' });
    await writeCompensated(store().sql, no, { id: 'a', error: null });
    await tell(run, 'c', '/1');
    expect(await listCompensations(store().sql, no)).toEqual([
      { taskId: 'a', taskEnded: true, status: 'succeeded', error: null },
      { taskId: 'c', taskEnded: true, status: 'failed', error: 'exit code 1' },
    ]);
  });
});

describe('a result whose undo was begun', () => {
  it('is not taken over, whatever became of the undo', async () => {
    const first = await open(definition());
    await runAll(first);
    for (const id of ['a', 'b']) await tell(first, id);
    await writeCompensated(store().sql, first.frozen.no, { id: 'a', error: 'exit code 1' });
    const lineage = lineageOf(first);
    expect((await store().runs.planReuse(definition(), lineage)).map(({ id }) => id)).toEqual(['c']);
    const second = await open(definition(), lineage);
    const verdicts = [];
    for (const id of ids) verdicts.push((await second.begin(id)).verdict);
    expect(verdicts).toEqual(['start', 'start', 'reuse']);
  });
});
