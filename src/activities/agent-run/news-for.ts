import type { ForeignEnd, RunAgentInput } from '../../contracts/agent-run.ts';
import { modelKey } from '../../domain/ids/journal-key.ts';
import { mailText } from '../../domain/messages/mail-text.ts';
import { findMail } from '../../store/messages/mail.ts';
import { appendNew } from '../../store/run/events.ts';
import { takeMail } from '../../store/run/foreign-messages.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** What an agent that is done is still to be told: messages that came for it meanwhile, which count as delivered with that. Done: there are none. */
export async function newsFor(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
  { taskId, attempt, epoch, context }: RunAgentInput,
  turns: number,
): Promise<ForeignEnd> {
  const key = modelKey({ taskId, attempt, epoch, turn: turns + 1 });
  const { shown } = await findMail(store.sql, run.no, { context, own: [], key, isFirst: false, lost: [] });
  if (shown.length === 0) return { kind: 'done' };
  await store.transaction(async (sql) => {
    await takeMail(sql, run.no, { key, mail: shown.map(({ id }) => ({ id, place: 'shown' })) });
    const told = shown.filter(({ isTold }) => !isTold);
    const events = told.map(({ id: messageId }) => {
      return { key: `delivered/${messageId}`, type: 'message:delivered', messageId, taskId, to: context } as const;
    });
    await appendNew(sql, run.no, events);
  });
  const say = shown.map((mail) => mailText(mail, { isTheTask: false, canRead: false })).join('\n\n');
  return { kind: 'told', say };
}
