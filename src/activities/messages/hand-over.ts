/*
 * Work that one agent hands to another one of its run:
 *
 * H1 What goes along is put together by the orchestrator, of what the sender's task has come to by the answer that hands it over.
 * H2 The other one goes on with it in its next turn, which it takes also where it would have ended (owed-turn.ts); whoever has no task at work or to come, by a task of its own that continues its
 *    conversation. It is added in the transaction of the call, within the limits for added tasks.
 * H3 The sender's task ends with that answer where it says so. One that owes an answer of a certain form does not.
 */
import { parseModelKey } from '../../domain/ids/journal-key.ts';
import { handoffText } from './handoff-text.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import { toOutlineTask } from '../../domain/plan/outline.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import { loadTalk } from '../../store/context/results.ts';
import type { Sql } from '../../store/database/sql.ts';
import { writeAgentMessage } from '../../store/messages/messages.ts';
import { messageId } from '../../store/run/conversation.ts';
import { lockAdditions, writeAdded } from '../../store/run/added-tasks.ts';
import { appendNew } from '../../store/run/events.ts';
import type { Letter } from '../../tools/crew/post-office.ts';
import type { ToolOutput } from '../../tools/tool.ts';
import { addedEvent } from '../base/added-event.ts';
import { depthBelow, depthProblem, numberProblem } from '../base/added-limits.ts';
import { taskDefinition } from '../base/task-definition.ts';
import type { Sender } from './sender.ts';
import { findReceiver, messageIdOf, refused, sentEvent } from './sender.ts';

/** Hands the sender's work over, in the transaction of the call. */
export async function handOver(sql: Sql, sender: Sender, { to, text, data, afterwards }: Letter): Promise<ToolOutput> {
  const { run, address, taskId, turnKey } = sender;
  const task = await taskDefinition(sql, run, taskId);
  const ends = afterwards === 'end';
  // H3
  if (ends && (task?.output || task?.answers)) {
    const owed = task.answers ? 'the answer to a question' : 'an answer of a certain form';
    return refused(`your task owes ${owed}. Hand over with afterwards "continue", and end with that answer.`);
  }
  // Before anything is looked at: of two that hand over at once, the later one finds the task that the earlier one added.
  await lockAdditions(sql, run.no);
  const receiver = await findReceiver(sql, sender, to);
  if ('content' in receiver) return receiver;
  const { context, agent, state } = receiver;
  const id = messageIdOf(sender);
  const added = state === 'ended' ? await addTask(sql, sender, { id, context, agent }) : null;
  if (added !== null && 'content' in added) return added;
  // H1
  const head = messageId(run.runKey, turnKey, 'assistant');
  const talk = await loadTalk(sql, head, parseModelKey(turnKey).taskId);
  const body = handoffText(text, { from: address, folder: task?.workspace?.path ?? null, talk });
  const message = { id, kind: 'handoff', to: context, from: address, fromTask: taskId, text: body } as const;
  await writeAgentMessage(sql, run.no, { ...message, ...(data !== undefined && { data }) });
  return {
    content: JSON.stringify({
      ...{ handedOver: id, to: context, note: notes[state] },
      you: ends ? 'your task ends here; asked once more, just say that it is handed over' : 'you go on',
    }),
    events: [sentEvent({ id, kind: 'handoff', from: address, to: context, text, replyTo: null })],
    ...(added !== null && { begins: [added] }),
    ...(ends && { ends }),
  };
}

const notes = {
  'at-work': 'It goes on with it in its next turn.',
  'to-begin': 'It goes on with it when its task begins.',
  ended: 'It had ended: a task of its own goes on with it now.',
} as const;

// H2
async function addTask(
  sql: Sql,
  { run, taskId }: Sender,
  { id, context, agent }: { id: string; context: string; agent: string },
): Promise<OutlineTask | ToolOutput> {
  const depth = await depthBelow(sql, run, taskId);
  const tooMany = depthProblem(run, depth) ?? (await numberProblem(sql, run, { parent: taskId, count: 1 }));
  if (tooMany) return refused(`${context} has ended, and no task can be added to go on with it: ${tooMany}`);
  const task: PlanTask = {
    ...planDefaults.task,
    ...{ id: `handoff-${id}`, phase: null, context, agent, prompt, dependsOn: [], depth },
    ...{ afterPhase: null, retry: planDefaults.retry, timeoutMs: null, filesScope: [] },
    description: `goes on with the work of ${taskId}`,
  };
  await writeAdded(sql, run.no, { tasks: [task], key: `handoff/${id}`, parent: taskId });
  await appendNew(sql, run.no, [addedEvent(run.plan, task)]);
  return toOutlineTask(task, 1);
}

const prompt =
  'Another agent of this run hands its work over to you: it is below. Go on with it, and end with what came of it.';
