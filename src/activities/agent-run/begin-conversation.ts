import type { RunAgentInput } from '../../contracts/agent-run.ts';
import { asText } from '../../domain/conversation/as-text.ts';
import { textOf } from '../../domain/conversation/conversation.ts';
import { preview } from '../../domain/fingerprint.ts';
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { ViewCache, StoredMessage, View } from '../../store/run/conversation.ts';
import { findView } from '../../store/run/conversation.ts';
import { appendNew } from '../../store/run/events.ts';
import { findForeignMessage, foreignMessageId, writeForeignMessage } from '../../store/run/foreign-messages.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { nextMessage } from '../turn/next-message.ts';

/** Longest block of the conversation before that a program is told, in characters. */
const longestBefore = 4000;

type Dependencies = Pick<ActivityDependencies, 'store'> & { views: ViewCache };

/** What an attempt begins with, and since when it is at work (ms since the epoch). */
export interface Begun {
  message: StoredMessage;
  prompt: string;
  at: number;
}

/**
 * The first message of an attempt: what any agent is told with its task, and what was said before in its conversation. It is written once, so
 * that a session which begins anew is told the very same.
 */
export async function beginConversation(
  { store, views }: Dependencies,
  run: FrozenRun,
  input: RunAgentInput,
): Promise<Begun> {
  const step = { taskId: input.taskId, attempt: input.attempt, turn: 1, epoch: input.epoch };
  const id = foreignMessageId(run.runKey, step, 'user');
  const before = input.head === null ? [] : await findView(store.sql, views, input.head);
  const known = await findForeignMessage(store.sql, id);
  if (known) return { ...known, prompt: promptOf(known.message, before) };
  const turn = { ...step, runKey: run.runKey, agent: input.agent, context: input.context, head: input.head };
  const asked = { ...turn, prompt: input.prompt, hasMail: true, known: new Map() };
  const next = await nextMessage(store, run, asked, before);
  const message = { ...next.message, id, root: before.at(-1)?.root ?? id };
  await store.transaction(async (sql) => {
    await writeForeignMessage(sql, run.no, message, next.mail);
    await appendNew(sql, run.no, [startEvent(input, message), ...next.events]);
  });
  const written = (await findForeignMessage(store.sql, id))!;
  return { ...written, prompt: promptOf(written.message, before) };
}

function startEvent({ taskId, agent, attempt, epoch }: RunAgentInput, message: StoredMessage): RunEventDraft {
  const key = `start/${toAttemptId(taskId, attempt)}${epoch > 0 ? `/${epoch}` : ''}`;
  return { key, type: 'task:start', taskId, agentName: agent, description: preview(textOf(message), 120), attempt };
}

// A program's session knows nothing of a conversation that another one began.
function promptOf(message: StoredMessage, before: View): string {
  const text = textOf(message);
  if (before.length === 0) return text;
  const said = before.map((each) => asText(each, longestBefore)).join('\n\n');
  return `[What was said before in this conversation:]\n\n${said}\n\n[Your task now:]\n\n${text}`;
}
