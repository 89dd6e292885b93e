import { expect, it } from 'vitest';
import { listMessages } from '../../../src/store/messages/message-rows.ts';
import { endMessages, endRequest, writeAgentMessage } from '../../../src/store/messages/messages.ts';
import { plan } from '../../support/plan/builders.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();

it('a message that came to its end has waited until then, and one of a run that ended until that end', async () => {
  const { runKey, frozen } = await open(plan({ communication: true }));
  const { sql } = store();
  const waits = async () =>
    (await listMessages(sql, runKey)).map(({ id, waitedMs }) => [id, Math.round(waitedMs / 1e3)]);
  const message = { to: 'two', from: 'one', fromTask: 'one', text: 'Which port?' } as const;
  for (const id of ['expired', 'dead', 'of-before'])
    await writeAgentMessage(sql, frozen.no, { ...message, id, kind: 'request' });
  await writeAgentMessage(sql, frozen.no, { ...message, id: 'unread', kind: 'data' });
  await sql.query(`update inbox set at = now() - interval '20 s', deadline = now() - interval '15 s'`);
  await endRequest(sql, frozen.no, { id: 'expired', state: 'expired' });
  await endRequest(sql, frozen.no, { id: 'dead', state: 'dead' });
  await sql.query(`update inbox set state = 'expired' where id = 'of-before'`);
  await endMessages(sql, frozen.no);
  // An hour goes by.
  await sql.query(
    `update inbox set at = at - interval '1 h', deadline = deadline - interval '1 h', ended_at = ended_at - interval '1 h'`,
  );
  await sql.query(`update runs set ended_at = now() - interval '1 h' where no = $1`, [frozen.no]);

  expect(await waits()).toEqual([
    ['expired', 20],
    ['dead', 20],
    ['of-before', 5],
    ['unread', 20],
  ]);
  await sql.query('update inbox set ended_at = null');
  expect(await waits()).toContainEqual(['dead', 20]);
});
