import type { CrewMessage } from '../../domain/messages/message.ts';
import type { Store } from '../../store/store.ts';

/** All messages of a run, in the order in which they were sent. */
export async function listMessages(store: Pick<Store, 'sql'>, runKey: string): Promise<CrewMessage[]> {
  const messages = await import('../../store/messages/message-rows.ts');
  const all: CrewMessage[] = [];
  for (let after = 0; ;) {
    const page = await messages.listMessages(store.sql, runKey, { after });
    for (const { no, ...message } of page) {
      all.push(message);
      after = no;
    }
    if (page.length === 0) return all;
  }
}
