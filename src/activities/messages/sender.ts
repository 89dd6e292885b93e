import { preview, fingerprint } from '../../domain/fingerprint.ts';
import type { Address } from '../../domain/messages/address.ts';
import { findAddress } from '../../domain/messages/address.ts';
import type { MessageKind } from '../../domain/messages/message.ts';
import type { RunEventBody } from '../../domain/run/run-events.ts';
import type { Sql } from '../../store/database/sql.ts';
import { findKnownTasks } from '../../store/messages/known-tasks.ts';
import { hasUnanswered } from '../../store/messages/messages.ts';
import type { ToolOutput } from '../../tools/tool.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** Who writes: set by the orchestrator. */
export interface Sender {
  run: FrozenRun;
  taskId: string;
  /** Its address: the conversation in which it is asked. */
  address: string;
  /** The journal's key of the call that writes, and of the turn that asks for it. */
  callKey: string;
  turnKey: string;
}

/** Id of the message that a call sends: the same one, however often it is done. */
export function messageIdOf({ callKey }: Sender): string {
  return `m-${fingerprint(callKey)}`;
}

/** Whom a word means, for a sender; an output that says what is wrong. */
export async function findReceiver(sql: Sql, { run, address }: Sender, to: string): Promise<Address | ToolOutput> {
  const found = findAddress(run.plan, await findKnownTasks(sql, run.no, to), to);
  if ('problem' in found) return refused(found.problem);
  return found.context === address ? refused(`${to} is you.`) : found;
}

export function refused(content: string): ToolOutput {
  return { content: `Not sent: ${/[.?]$/.test(content) ? content : `${content}.`}`, isError: true };
}

/** What is wrong with an answer that nobody waits for or has asked for; null: nothing. */
export async function problemOfResponse(sql: Sql, { run, address }: Sender, to: string): Promise<ToolOutput | null> {
  if (await hasUnanswered(sql, run.no, { from: to, to: address })) return null;
  return refused(`${to} has asked you nothing that is not answered. To tell it something use kind "data".`);
}

/** Held by whoever asks, and by the end of whoever may be asked, before the key of an answer. */
export const allAsks = 'asks';

/** What whoever asked waits for. */
export function answerKey(request: string): string {
  return `answer/${request}`;
}

/** The event that a message was sent. */
export function sentEvent(message: {
  id: string;
  kind: MessageKind;
  from: string;
  to: string;
  text: string;
  replyTo: string | null;
}): RunEventBody {
  const { id: messageId, kind, from, to, text, replyTo } = message;
  const told = { type: 'message:sent', messageId, from, to, preview: preview(text, 300), kind } as const;
  return { ...told, ...(replyTo !== null && { replyTo }) };
}
