import { preview } from '../../domain/fingerprint.ts';
import type { CrewMessage } from '../../domain/messages/message.ts';
import type { Sql } from '../../store/database/sql.ts';
import { findFolded, findOwn, findUnread } from '../../store/messages/inbox.ts';
import type { InboxLook } from '../../tools/crew/post-office.ts';
import type { ToolOutput } from '../../tools/tool.ts';
import type { Sender } from './sender.ts';

/** Most messages that an agent's inbox lists. */
const mostListed = 20;

/** Most characters of one message that it is shown at once. */
const longestPart = 8000;

/** What an agent finds in its inbox; nothing of it changes. */
export async function lookInto(sql: Sql, { run, address }: Sender, look: InboxLook): Promise<ToolOutput> {
  if (look.kind === 'one') {
    const message = await findOwn(sql, run.no, { context: address, id: look.id });
    return message ? part(message, look.from) : noSuchMessage(look.id);
  }
  const most = mostListed + 1;
  if (look.kind === 'unread') return listed(await findUnread(sql, run.no, address, most), 'there are more');
  const found = await findFolded(sql, run.no, { context: address, after: look.after, limit: most });
  const last = found[mostListed - 1]?.id;
  return listed(found, `inbox with {"folded": true, "after": ${JSON.stringify(last)}}`);
}

function noSuchMessage(id: string): ToolOutput {
  return { content: `There is no message "${preview(id, 100)}" to you.`, isError: true };
}

function listed(found: readonly CrewMessage[], more: string): ToolOutput {
  const messages = found.slice(0, mostListed).map(({ id, kind, from, text, data, state }) => {
    const status = { queued: 'comes with your next turn', read: kind === 'request' ? 'not answered' : 'read' };
    return {
      ...{ id, kind, from, text: preview(text, 300) },
      ...(data !== undefined && { data: preview(JSON.stringify(data), 300) }),
      status: state === 'queued' ? status.queued : status.read,
    };
  });
  return { content: JSON.stringify({ messages, ...(found.length > mostListed && { more }) }) };
}

// Its data follows its text.
function part({ id, kind, from: sender, text, data }: CrewMessage, from: number): ToolOutput {
  const whole = data === undefined ? text : `${text}\n[data: ${JSON.stringify(data)}]`;
  const shown = whole.slice(from, from + longestPart).toWellFormed();
  const end = from + shown.length;
  const more = end < whole.length ? { more: `inbox with {"id": ${JSON.stringify(id)}, "from": ${end}}` } : {};
  return { content: JSON.stringify({ id, kind, from: sender, text: shown, ...more }) };
}
