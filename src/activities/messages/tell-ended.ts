import type { EndedTask } from '../../contracts/progress.ts';
import type { Sql } from '../../store/database/sql.ts';
import { endRequest, findAsksOf, findRequest, writeAgentMessage } from '../../store/messages/messages.ts';
import { loadTexts } from '../../store/task/task-facts.ts';
import { callKeys, holdKeys } from '../../store/wakes/waits.ts';
import { longestMessage } from '../../domain/messages/message.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { allAsks, answerKey } from './sender.ts';

/**
 * Tasks have come to their end: the last words of those that answer a question are its answer, and whoever waits for an answer of one of
 * the conversations looks again who could give it now.
 */
export async function tellEnded(sql: Sql, run: FrozenRun, ended: readonly EndedTask[]): Promise<void> {
  if (!run.plan.communication || ended.length === 0) return;
  // W1: what is being asked just now is seen here, or sees the end.
  await holdKeys(sql, run.no, [allAsks]);
  const asks = await findAsksOf(sql, run.no, [...new Set(ended.map(({ context }) => context))]);
  const answered: string[] = [];
  for (const task of ended) {
    const definition = await taskDefinition(sql, run, task.id);
    if (definition?.answers) answered.push(await giveAnswer(sql, run, { task, ...definition.answers }));
  }
  await callKeys(sql, run.no, [...asks, ...answered].map(answerKey));
}

async function giveAnswer(
  sql: Sql,
  run: FrozenRun,
  { task, request, context }: { task: EndedTask; request: string; context: string },
): Promise<string> {
  await holdKeys(sql, run.no, [answerKey(request)]);
  const asked = await findRequest(sql, run.no, request);
  const text = task.head === null ? undefined : (await loadTexts(sql, [task.head])).get(task.head);
  if (task.status !== 'succeeded' || text === undefined || text.trim() === '' || !asked?.from) {
    const reason = `${context} could not answer: ${task.error ?? 'it said nothing'}`.slice(0, 500);
    await endRequest(sql, run.no, { id: request, state: 'dead', reason });
    return request;
  }
  if (!(await endRequest(sql, run.no, { id: request, state: 'answered' }))) return request;
  await writeAgentMessage(sql, run.no, {
    ...{ id: `${request}.answer`, kind: 'response', to: asked.from, from: context, fromTask: task.id },
    ...{ text: text.slice(0, longestMessage).toWellFormed(), replyTo: request },
  });
  return request;
}
