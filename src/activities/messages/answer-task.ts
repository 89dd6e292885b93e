/*
 * Whoever is asked while no task of its conversation is at work answers by a short task:
 *
 * N1 It goes on in the conversation where nothing else of it is to come, behind earlier answers; else in one of its own that begins where the
 *    conversation stands, so that two tasks never go on in the same one.
 * N2 It is added to the run, within its limits for that, in the transaction of the question. Questions of a run take turns.
 */
import type { KnownTask } from '../../domain/messages/address.ts';
import { addressOf } from '../../domain/messages/address.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import { toOutlineTask } from '../../domain/plan/outline.ts';
import type { PlanDependency, PlanTask } from '../../domain/plan/plan.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import type { Sql } from '../../store/database/sql.ts';
import { addedBy, lockAdditions, writeAdded } from '../../store/run/added-tasks.ts';
import { appendNew } from '../../store/run/events.ts';
import { loadAdded } from '../../store/task/task-facts.ts';
import { addedEvent } from '../base/added-event.ts';
import { depthBelow, depthProblem, numberProblem } from '../base/added-limits.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** A question that somebody has to answer. */
export interface OpenQuestion {
  id: string;
  /** Conversation that is asked, and task that asks. */
  to: string;
  askedBy: string;
}

/** What has to begin so that a question is answered (nothing: somebody is at work there), or why nobody will. */
export type Answerer = { begins: OutlineTask[] } | { problem: string };

/** Finds or makes the task that answers a question. */
export async function findAnswerer(
  sql: Sql,
  run: FrozenRun,
  known: readonly KnownTask[],
  question: OpenQuestion,
): Promise<Answerer> {
  const { id, to, askedBy } = question;
  const key = `answer/${id}`;
  await lockAdditions(sql, run.no);
  const before = await addedBy(sql, run.no, key);
  if (before.length > 0) return { begins: before.map((task) => toOutlineTask(task, 1)) };
  const added = await loadAdded(sql, run.no);
  const open = known.filter(({ context, isOpen }) => context === to && isOpen);
  const answers = open.filter((one) => added.get(one.id)?.answers !== undefined);
  // Somebody reads it with the next turn.
  if (open.some((one) => one.hasBegun && !answers.includes(one))) return { begins: [] };
  const depth = await depthBelow(sql, run, askedBy);
  const tooMany = depthProblem(run, depth) ?? (await numberProblem(sql, run, { parent: askedBy, count: 1 }));
  if (tooMany) return { problem: `${to} has no task at work, and none can be added to answer: ${tooMany}` };
  const { agent } = addressOf(run.plan, known, to);
  // N1
  const isBeside = open.length > answers.length || isPlanned(run, known, to);
  const last = isBeside ? undefined : answers.at(-1);
  const task = toTask({ question, agent, depth, isBeside, after: last?.id });
  await writeAdded(sql, run.no, { tasks: [task], key, parent: askedBy });
  await appendNew(sql, run.no, [addedEvent(run.plan, task)]);
  return { begins: [toOutlineTask(task, 1)] };
}

function isPlanned({ plan }: FrozenRun, known: readonly KnownTask[], context: string): boolean {
  const ended = known.filter(({ isOpen }) => !isOpen);
  return addressOf(plan, ended, context).state === 'to-begin';
}

function toTask({
  question: { id, to, askedBy },
  agent,
  depth,
  isBeside,
  after,
}: {
  question: OpenQuestion;
  agent: string;
  depth: number;
  isBeside: boolean;
  after: string | undefined;
}): PlanTask {
  const taskId = `answer-${id}`;
  const dependsOn: PlanDependency[] = after === undefined ? [] : [{ task: after, on: 'any_end', from: 'context' }];
  return {
    ...planDefaults.task,
    ...{ id: taskId, phase: null, context: isBeside ? taskId : to, agent, prompt: answerPrompt, dependsOn },
    ...{ afterPhase: null, retry: planDefaults.retry, timeoutMs: null, filesScope: [], depth },
    ...{ continueOnError: true, description: `answers ${askedBy}`, priority: 8 },
    answers: { request: id, context: to },
  };
}

const answerPrompt =
  'Another agent of this run asks you something while you have nothing else to do: the question is below. Answer it with your next message, as briefly as it allows. What you say there is sent as your answer, and ends this task.';
