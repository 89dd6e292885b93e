import type { JsonValue } from '../../domain/json.ts';
import { findAddress } from '../../domain/messages/address.ts';
import { mostReceivers } from '../../domain/messages/message.ts';
import type { Sql } from '../../store/database/sql.ts';
import { findKnownTasks, findOpenContexts } from '../../store/messages/known-tasks.ts';
import type { AgentMessage } from '../../store/messages/messages.ts';
import { endRequest, findOpenRequest, writeAgentMessage } from '../../store/messages/messages.ts';
import { holdKeys } from '../../store/wakes/waits.ts';
import type { Letter, PostOffice } from '../../tools/crew/post-office.ts';
import type { ToolOutput } from '../../tools/tool.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { ask } from './ask.ts';
import { lookInto } from './inbox.ts';
import { handOver } from './hand-over.ts';
import { isInOtherRun, sendToRun } from './other-run.ts';
import type { Sender } from './sender.ts';
import { answerKey, findReceiver, messageIdOf, problemOfResponse, refused, sentEvent } from './sender.ts';

/** The messages of one call of a tool. */
export function createPostOffice(sender: Sender): PostOffice<ToolOutput> {
  return {
    send(sql, letter) {
      if (isInOtherRun(letter.to)) return sendToRun(sql, sender, letter);
      if (letter.kind === 'handoff') return handOver(sql, sender, letter);
      return letter.kind === 'broadcast' ? broadcast(sql, sender, letter) : send(sql, sender, letter);
    },
    ask: (sql, question) => ask(sql, sender, question),
    inbox: (sql, look) => lookInto(sql, sender, look),
  };
}

async function send(sql: Sql, sender: Sender, { to, kind, text, data }: Letter): Promise<ToolOutput> {
  const { run, address, taskId } = sender;
  const receiver = await findReceiver(sql, sender, to);
  if ('content' in receiver) return receiver;
  const { context, state } = receiver;
  const id = messageIdOf(sender);
  const answered = kind === 'response' ? await answerOldest(sql, run.no, { from: context, to: address }) : null;
  if (state === 'ended' && answered === null)
    return refused(`${context} has ended and reads nothing more. To have it answer a question all the same, use ask.`);
  const problem = kind === 'response' && answered === null ? await problemOfResponse(sql, sender, context) : null;
  if (problem) return problem;
  await writeAgentMessage(sql, run.no, {
    ...{ id, kind, to: context, from: address, fromTask: taskId, text },
    ...withData(data),
    ...(answered !== null && { replyTo: answered }),
  });
  const note = state === 'at-work' ? 'It is read with the next turn.' : 'It is read when its task begins.';
  return {
    content: JSON.stringify({ sent: id, to: context, note: answered === null ? note : `It answers ${answered}.` }),
    events: [sentEvent({ id, kind, from: address, to: context, text, replyTo: answered })],
    ...(answered !== null && { wakes: [answerKey(answered)] }),
  };
}

// The key is held before the question's state is looked at: whoever waits looks under the same key.
async function answerOldest(sql: Sql, no: number, between: { from: string; to: string }): Promise<string | null> {
  const open = await findOpenRequest(sql, no, between);
  if (!open) return null;
  await holdKeys(sql, no, [answerKey(open.id)]);
  return (await endRequest(sql, no, { id: open.id, state: 'answered' })) ? open.id : null;
}

async function broadcast(sql: Sql, sender: Sender, { kind, text, data }: Letter): Promise<ToolOutput> {
  const { run, address, taskId } = sender;
  const begun = new Set(await findOpenContexts(sql, run.no));
  const planned = run.plan.tasks.map(({ context }) => context);
  const known = await findKnownTasks(sql, run.no, planned);
  const all = [...new Set([...begun, ...planned])].filter((context) => {
    if (context === address) return false;
    return begun.has(context) || isToCome(run, known, context);
  });
  if (all.length === 0) return refused('nobody else is at work in this run or will be.');
  if (all.length > mostReceivers)
    return refused(`${all.length} conversations would get it, and at most ${mostReceivers} may: name those it is for.`);
  const id = messageIdOf(sender);
  for (const [index, to] of all.entries()) {
    const message = { id: `${id}.${index}`, kind, to, from: address, fromTask: taskId, text, ...withData(data) };
    await writeAgentMessage(sql, run.no, message);
  }
  return {
    content: JSON.stringify({ sent: id, to: all }),
    events: [sentEvent({ id, kind, from: address, to: '*', text, replyTo: null })],
  };
}

function isToCome({ plan }: FrozenRun, known: Parameters<typeof findAddress>[1], context: string): boolean {
  const found = findAddress(plan, known, context);
  return 'state' in found && found.state !== 'ended';
}

function withData(data: JsonValue | undefined): Pick<AgentMessage, 'data'> {
  return data === undefined ? {} : { data };
}
