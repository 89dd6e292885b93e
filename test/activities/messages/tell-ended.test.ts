import { expect, it } from 'vitest';
import { ask } from '../../../src/activities/messages/ask.ts';
import { applyProgress } from '../../../src/activities/run/record-progress.ts';

import { beginWait, listCalled } from '../../../src/store/wakes/waits.ts';
import { until } from '../../support/base/until.ts';
import { plan, task } from '../../support/plan/builders.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();

it('a question that is still being asked when who is asked ends is told of that end', async () => {
  const run = await open(plan({ communication: true, tasks: [task({ id: 'busy' }), task({ id: 'asker' })] }));
  const { runKey, frozen } = run;
  await run.begin('busy');
  await run.begin('asker');
  const turn = { taskId: 'asker', callKey: 'asker~1/1/0/call', turnKey: 'asker~1/1/0' };
  const question = { to: 'busy', text: 'Which port?', waitMs: 60_000, fallback: null };
  const result = { agent: 'worker', durationMs: 5, attempts: 1, error: null, head: null };
  const end = { ...result, id: 'busy', context: 'busy', status: 'failed' } as const;
  let hasEnded = false;
  let ends: Promise<unknown> | undefined;
  await store().transaction(async (sql) => {
    const { waits } = await ask(sql, { run: frozen, address: 'asker', ...turn }, question);
    const { taskId, callKey } = turn;
    await beginWait(sql, { no: frozen.no, callKey, key: waits!.key, workflowId: 'w', taskId });
    const progress = { runKey, events: [], ended: [end] };
    ends = store()
      .transaction((other) => applyProgress(other, frozen, progress))
      .then(() => (hasEnded = true));
    await until('the end is written, or waits for the question', async () => {
      const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`;
      return hasEnded || (await store().sql.query(waiting)).rows.length > 0;
    });
  });
  await ends;
  expect(await listCalled(store().sql, frozen.no)).toMatchObject([{ taskId: 'asker' }]);
});
