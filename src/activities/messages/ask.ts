/*
 * A question that its sender waits for. The call looks again whenever it is woken, and all that it decides stands in the question's row:
 *
 * K1 The key of the answer is held before anything is looked at, and questions of a run are asked one after the other: so two that would wait
 *    for each other are seen by the later one.
 * K2 It ends once: answered, expired at its deadline, or dead, as nobody will answer. A timeout is told as a timeout.
 */
import { formatElapsed } from '../../domain/format.ts';
import type { Sql } from '../../store/database/sql.ts';
import { findKnownTasks } from '../../store/messages/known-tasks.ts';
import type { Request } from '../../store/messages/messages.ts';
import {
  endRequest,
  findRequest,
  findWaitingAsks,
  takeAnswer,
  writeAgentMessage,
} from '../../store/messages/messages.ts';
import { holdKeys } from '../../store/wakes/waits.ts';
import type { Question } from '../../tools/crew/post-office.ts';
import type { ToolOutput } from '../../tools/tool.ts';
import { findAnswerer } from './answer-task.ts';
import type { StandingAsk } from './rings.ts';
import { findRing } from './rings.ts';
import type { Sender } from './sender.ts';
import { allAsks, answerKey, findReceiver, messageIdOf, sentEvent } from './sender.ts';

/** Asks and waits, or looks whether the answer is there. */
export async function ask(sql: Sql, sender: Sender, question: Question): Promise<ToolOutput> {
  const { run, callKey } = sender;
  const id = messageIdOf(sender);
  // K1
  await holdKeys(sql, run.no, [allAsks]);
  await holdKeys(sql, run.no, [answerKey(id)]);
  const known = await findRequest(sql, run.no, id);
  const asked = known ?? (await begin(sql, sender, question));
  if ('content' in asked) return asked;
  const answer = await takeAnswer(sql, run.no, { request: id, call: callKey });
  if (answer) {
    const attached = answer.data === null ? '' : `\n[data: ${JSON.stringify(answer.data)}]`;
    return {
      content: `${answer.from} answers:\n${answer.text}${attached}`,
      events: [{ type: 'message:delivered', messageId: answer.id, taskId: sender.taskId, to: sender.address }],
    };
  }
  if (asked.state === 'dead' || asked.state === 'expired') return unanswered(asked.reason ?? 'Nobody answered.', asked);
  if (asked.deadline !== null && Date.parse(asked.deadline) <= Date.now()) {
    await endRequest(sql, run.no, { id, state: 'expired', reason: 'nobody answered in time' });
    return unanswered(`Timeout: ${asked.to} has not answered within ${formatElapsed(question.waitMs)}.`, asked);
  }
  return waitFor(sql, sender, { asked, question });
}

// What is told of a question that came to nothing. What was to be gone on with then is no answer of anybody.
function unanswered(why: string, { fallback }: Pick<Request, 'fallback'>): ToolOutput {
  if (fallback === null) return { content: why, isError: true };
  return { content: `${why} Go on with what you said for this case: ${fallback}` };
}

async function begin(sql: Sql, sender: Sender, question: Question): Promise<Request | ToolOutput> {
  const { run, address, taskId, callKey } = sender;
  const receiver = await findReceiver(sql, sender, question.to);
  if ('content' in receiver) return receiver;
  const id = messageIdOf(sender);
  const { context: to } = receiver;
  const { text, waitMs, fallback } = question;
  const ring = findRing(await findWaitingAsks(sql, run.no), { by: taskId, from: address, to });
  const deadline = new Date(Date.now() + waitMs).toISOString();
  const message = { id, kind: 'request', to, from: address, fromTask: taskId, text } as const;
  await writeAgentMessage(sql, run.no, { ...message, ...(!ring && { ask: { deadline, fallback, call: callKey } }) });
  if (ring) return tellRing(sql, sender, { ring, to, text });
  return { ...{ id, from: address, to, text, state: 'queued', deadline, fallback }, reason: null };
}

// Both are told, and nobody waits: each has the other's question.
async function tellRing(
  sql: Sql,
  sender: Sender,
  { ring, to, text }: { ring: StandingAsk[]; to: string; text: string },
): Promise<ToolOutput> {
  const { run, address } = sender;
  const chain = [address, ...ring.map(({ from }) => from), address].join(' → ');
  await holdKeys(
    sql,
    run.no,
    ring.map(({ id }) => answerKey(id)),
  );
  for (const each of ring) {
    const reason = `Nobody can answer: you wait for each other (${chain}). A question of ${address} reaches ${to} with the next turn.`;
    await endRequest(sql, run.no, { id: each.id, state: 'dead', reason });
  }
  const last = ring.at(-1)!;
  const id = messageIdOf(sender);
  return {
    content: `Nobody would answer: you would wait for each other (${chain}). ${last.from} asks you: "${last.text}"\nAnswer that with send_message (kind "response"), or decide by yourself. Your question stays with ${to}, who reads it with the next turn.`,
    isError: true,
    events: [sentEvent({ id, kind: 'request', from: address, to, text, replyTo: null })],
    wakes: ring.map((each) => answerKey(each.id)),
  };
}

async function waitFor(
  sql: Sql,
  sender: Sender,
  { asked, question }: { asked: Request; question: Question },
): Promise<ToolOutput> {
  const { run, taskId, address } = sender;
  const { id, to, deadline } = asked;
  const known = await findKnownTasks(sql, run.no, to);
  const answerer = await findAnswerer(sql, run, known, { id, to, askedBy: taskId });
  if ('problem' in answerer) {
    await endRequest(sql, run.no, { id, state: 'dead', reason: answerer.problem });
    return unanswered(answerer.problem, asked);
  }
  return {
    content: '',
    events: [sentEvent({ id, kind: 'request', from: address, to, text: question.text, replyTo: null })],
    ...(answerer.begins.length > 0 && { begins: answerer.begins }),
    waits: { key: answerKey(id), until: deadline, what: `an answer of ${to}` },
  };
}
