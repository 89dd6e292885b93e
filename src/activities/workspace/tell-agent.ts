import { fingerprint, preview } from '../../domain/fingerprint.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { Sql } from '../../store/database/sql.ts';
import { writeMessages } from '../../store/messages/messages.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

const from = 'gaffer';

/** Has an agent read something with its next turn. Told once for a key. @returns the event that says so */
export async function tellAgent(
  sql: Sql,
  run: FrozenRun,
  { context, text, key }: { context: string; text: string; key: string },
): Promise<RunEventDraft> {
  const id = messageIdOf(key);
  await writeMessages(sql, run.no, [{ id, to: context, from, text }]);
  return { key: `message/${id}`, type: 'message:sent', messageId: id, from, to: context, preview: preview(text, 300) };
}

/** The id of what {@link tellAgent} tells for a key. */
export function messageIdOf(key: string): string {
  return `w-${fingerprint(key)}`;
}
