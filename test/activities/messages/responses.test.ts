import { expect, it } from 'vitest';
import { ask } from '../../../src/activities/messages/ask.ts';
import { createPostOffice } from '../../../src/activities/messages/post-office.ts';
import { beginWait } from '../../../src/store/wakes/waits.ts';
import { listMessages } from '../../../src/store/messages/message-rows.ts';
import { plan, task } from '../../support/plan/builders.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();

it('an answer is taken where its receiver has asked, also where the two had waited for each other', async () => {
  const run = await open(plan({ communication: true, tasks: [task({ id: 'one' }), task({ id: 'two' })] }));
  await run.begin('one');
  await run.begin('two');
  const { sql } = store();
  const senderOf = (taskId: string, turn: number) => {
    const turnKey = `${taskId}~1/${turn}/0`;
    return { run: run.frozen, address: taskId, taskId, callKey: `${turnKey}/call`, turnKey };
  };
  const question = { text: 'Which port?', waitMs: 60_000, fallback: null };
  const answers = (turn: number) =>
    createPostOffice(senderOf('two', turn)).send(sql, { to: 'one', kind: 'response', text: '80' });

  expect(await answers(1)).toMatchObject({ isError: true, content: expect.stringContaining('kind "data"') });
  const first = senderOf('one', 1);
  const { waits } = await ask(sql, first, { ...question, to: 'two' });
  const { taskId, callKey } = first;
  await beginWait(sql, { no: run.frozen.no, callKey, key: waits!.key, workflowId: 'w', taskId });
  expect(await ask(sql, senderOf('two', 2), { ...question, to: 'one' })).toMatchObject({ isError: true });
  expect(await answers(3)).not.toHaveProperty('isError');
  expect((await listMessages(sql, run.runKey)).map(({ kind, from, state }) => [kind, from, state])).toEqual([
    ['request', 'one', 'dead'],
    ['request', 'two', 'queued'],
    ['response', 'two', 'queued'],
  ]);
});
