import { expect, it } from 'vitest';
import { createPostOffice } from '../../../src/activities/messages/post-office.ts';
import { plan, task } from '../../support/plan/builders.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();

it('a broadcast goes to all that are at work or to come, and to nobody who has ended', async () => {
  const tasks = ['one', 'two', 'three', 'four'].map((id) => task({ id }));
  const run = await open(plan({ communication: true, tasks }));
  for (const id of ['one', 'two', 'three']) await run.begin(id);
  await run.succeed('two', 'done');
  const turn = { taskId: 'one', callKey: 'one~1/1/0/call', turnKey: 'one~1/1/0' };
  const office = createPostOffice({ run: run.frozen, address: 'one', ...turn });
  const letter = { to: '', kind: 'broadcast', text: 'The port is 80.' } as const;

  const { content } = await store().transaction((sql) => office.send(sql, letter));
  expect(JSON.parse(content)).toMatchObject({ to: ['three', 'four'] });
});
