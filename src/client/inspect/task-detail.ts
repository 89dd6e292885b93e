import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import { ownerOf, planTaskId } from '../../domain/ids/worker-id.ts';
import { parseModelKey } from '../../domain/ids/journal-key.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Agent, Plan, PlanTask } from '../../domain/plan/plan.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import { emptyRunState, hasEnded, reduceRun, type RunState } from '../../domain/run/run-state.ts';
import { newTask, withRunOver, type TaskState } from '../../domain/run/task-state.ts';
import type { RunRow } from '../../store/store.ts';
import type { StoryEvent, StoryMessage, StoryTask } from '../../store/task/task-story.ts';
import type { Session } from '../connection/session.ts';
import { findRun } from '../follow/find-run.ts';
import { cutText, type CutText } from './cut-text.ts';
import { messagesOf, paidFor, splitAttempts, toAttempt, type PaidStory, type TaskAttempt } from './task-attempts.ts';
import { whyOf, type TaskNeighbour, type TaskWhy } from './task-why.ts';

/** A task of a run, with all attempts at it. */
export interface TaskDetail {
  runId: string;
  id: string;
  /** Its id in the plan. */
  task: string;
  status: TaskStatus;
  why: TaskWhy;
  agent: string;
  context: string;
  description: string | null;
  attempts: TaskAttempt[];
  /** Agents that undid it or helped it, and what they cost. */
  helpers: { id: string; paid: PaidStory }[];
  /** All attempts together. */
  paid: PaidStory;
  /** What it was told to do, and what each attempt began with where that differs. */
  prompt: CutText | null;
  /** What it waits for, or waited for. */
  needs: TaskNeighbour[];
  /** What waits for it. */
  neededBy: string[];
  /** The item of its `for_each`; left out: it is of none. */
  item?: JsonValue;
  /** What its agent got to know besides the prompt; null: nothing. */
  data: JsonObject | null;
  output: CutText | null;
  /** What its answer was read as; left out: it is a text. */
  value?: JsonValue;
  /** JSON Schema that its answer has to meet; null: any text. */
  schema: JsonObject | null;
  /** Of a `for_each`: how its members stand; null: it is none. */
  members: { width: number; counts: Partial<Record<TaskStatus, number>>; failed: string[] } | null;
  /** What it may spend by itself; null each: nothing of its own. */
  limits: { usd: number | null; tokens: number | null };
  reusedFrom: string | null;
}

/** What is known of a task before anything is made of it. */
export interface TaskStory {
  row: RunRow;
  plan: Plan;
  definition: PlanTask | undefined;
  agent: Agent | undefined;
  own: StoryTask | undefined;
  events: StoryEvent[];
  messages: StoryMessage[];
}

/** Reads what a task's page is made of; null: the run has no such task. @throws RunNotFoundError */
export async function readStory(session: Session, runId: string, id: string): Promise<TaskStory | null> {
  const row = await findRun(session, runId);
  const { runs } = session.store;
  const planId = planTaskId(id);
  const [plan, own, events, messages] = await Promise.all([
    runs.plan(row.planHash),
    runs.taskRow(row.runKey, id),
    runs.taskEvents(row.runKey, id),
    runs.taskMessages(row.runKey, id),
  ]);
  const planned = plan.tasks.find((task) => task.id === planId);
  const definition = planned ?? (await runs.added(row.runKey)).get(planId);
  const isTold = events.some(({ event }) => 'taskId' in event && event.taskId === id);
  if (!definition && !own && !isTold) return null;
  const agent = definition && agentAtWork(plan, definition.agent, definition);
  return { row, plan, definition, agent, own, events, messages };
}

/** A task with all attempts at it; null: the run has no such task. @throws RunNotFoundError */
export async function taskDetail(session: Session, runId: string, id: string): Promise<TaskDetail | null> {
  const story = await readStory(session, runId, id);
  if (!story) return null;
  const { row, plan, definition, own, messages } = story;
  const state = stateOf(story, id);
  const task = state.tasks.get(id) ?? newTask(id);
  const { runs } = session.store;
  const needed = [...new Set(definition?.dependsOn.map((each) => each.task))];
  const before = definition?.afterPhase ?? null;
  const phase = before === null ? null : (plan.phases[before]?.name ?? null);
  const planId = definition?.id ?? planTaskId(id);
  const [needs, attempts, output, members] = await Promise.all([
    neighbours(session, row.runKey, needed),
    readAttempts(session, story, id, task),
    own?.head || own?.isParsed ? runs.outputs(row.runKey, [id]) : [],
    own && own.width !== null ? runs.executionsOf(row.runKey, [own.task]) : [],
  ]);
  return {
    ...{ runId: row.runId, id, task: planId, status: task.status },
    why: whyOf({ runId: row.runId, runStatus: row.status, state, task, needs, phase }),
    agent: task.agent || definition?.agent || '',
    context: task.context || definition?.context || '',
    ...asPlanned(story, planId),
    attempts,
    helpers: helpersOf(messages, id),
    paid: paidFor(messages.filter(({ callKey }) => parseModelKey(callKey).taskId === id)),
    needs,
    ...(own?.hasItem && { item: own.item }),
    output: output[0] ? cutText(output[0].output) : null,
    ...(own?.isParsed && { value: own.output }),
    members: own && own.width !== null ? membersOf(own, members) : null,
    reusedFrom: task.reusedFrom ?? own?.reusedFrom ?? null,
  };
}

/** What the plan, or whoever added it, says of it. */
function asPlanned({ plan, definition, own }: TaskStory, planId: string) {
  const text = own?.prompt ?? definition?.prompt;
  return {
    description: definition?.description ?? null,
    prompt: text === undefined ? null : cutText(text),
    neededBy: plan.tasks.filter(({ dependsOn }) => dependsOn.some(({ task }) => task === planId)).map(({ id }) => id),
    data: definition?.data ?? null,
    schema: definition?.output ?? null,
    limits: { usd: definition?.limits.usd ?? null, tokens: definition?.limits.tokens ?? null },
  };
}

/** The state that a task's own events, and those of its whole run, add up to. */
function stateOf({ row, own, events, definition }: TaskStory, id: string): RunState {
  const state = events.reduce((before, { event }) => reduceRun(before, event), emptyRunState);
  const told = state.tasks.get(id) ?? withDefinition(newTask(id), definition);
  const isOver = hasEnded(row.status);
  const over = isOver ? withRunOver(told, row.endedAt ?? '') : told;
  // As `workflow:results` says, which names every task of the run.
  const status = isOver ? (row.result?.tasks[id]?.status ?? own?.status ?? over.status) : over.status;
  const task: TaskState = {
    ...over,
    status,
    error: over.error ?? (isOver ? (row.result?.tasks[id]?.error ?? null) : null),
  };
  return { ...state, tasks: new Map([[id, task]]) };
}

function withDefinition(task: TaskState, definition: PlanTask | undefined): TaskState {
  return definition ? { ...task, agent: definition.agent, context: definition.context } : task;
}

/** Each costs reading the run's events through. */
const mostLookedInto = 5;

async function neighbours(session: Session, runKey: string, tasks: readonly string[]): Promise<TaskNeighbour[]> {
  const found = await session.store.runs.executionsOf(runKey, tasks);
  const statuses = new Map(found.filter(({ id, task }) => id === task).map(({ id, status }) => [id, status]));
  for (const { task, status } of found) if (!statuses.has(task)) statuses.set(task, status);
  // Their rows know that they have begun and not ended; whether they wait, their events alone tell.
  const open = tasks.filter((id) => statuses.get(id) === 'running').slice(0, mostLookedInto);
  for (const id of open) {
    const events = await session.store.runs.taskEvents(runKey, id);
    const told = events.reduce((before, { event }) => reduceRun(before, event), emptyRunState).tasks.get(id);
    if (told?.status === 'waiting') statuses.set(id, 'waiting');
  }
  return tasks.map((id) => ({ id, status: statuses.get(id) ?? null }));
}

async function readAttempts(
  session: Session,
  { row, events, messages }: TaskStory,
  id: string,
  task: TaskState,
): Promise<TaskAttempt[]> {
  const parts = splitAttempts(events.filter(({ event }) => 'taskId' in event && event.taskId === id));
  const keys = new Set(messages.map(({ callKey }) => callKey));
  for (const { key, event } of events) if (event.type === 'tool:call') keys.add(key.slice('call/'.length));
  const steps = await session.store.runs.taskSteps(row.runKey, [...keys]);
  return parts.map((part) => {
    const isLast = part === parts.at(-1);
    return toAttempt(part, messagesOf(messages, id, part), steps, isLast ? task.status : null);
  });
}

function helpersOf(messages: readonly StoryMessage[], id: string): TaskDetail['helpers'] {
  const helpers = new Map<string, StoryMessage[]>();
  for (const message of messages) {
    const { taskId } = parseModelKey(message.callKey);
    if (taskId !== id && ownerOf(taskId) === id) helpers.set(taskId, [...(helpers.get(taskId) ?? []), message]);
  }
  return [...helpers].map(([helper, theirs]) => ({ id: helper, paid: paidFor(theirs) }));
}

function membersOf(own: StoryTask, executions: readonly { id: string; status: TaskStatus }[]): TaskDetail['members'] {
  const members = executions.filter(({ id }) => id !== own.id);
  const counts: Partial<Record<TaskStatus, number>> = {};
  for (const { status } of members) counts[status] = (counts[status] ?? 0) + 1;
  const failed = members.filter(({ status }) => status === 'failed').map(({ id }) => id);
  return { width: own.width ?? 0, counts, failed: failed.slice(0, 50) };
}
