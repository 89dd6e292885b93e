/*
 * What must hold of a run's story:
 * V4 Events have no gaps and no doubles, and exactly one last one (I4). Behind it is only what a rollback undid, how it was evaluated, and what
 *    was done with its branches and files.
 * V6 No task starts before its dependencies ended, and none runs twice at once (I2).
 * V7 After a cancel no model call and no tool starts later than the bound, but for what undoes (I7).
 * V8 What is undone is undone once: first what never ended, then the rest in reverse order of its end (I7). Another rollback may try
 *    again what failed.
 */
import { isCodingEvent } from '../../../src/domain/coding/coding-state.ts';
import { parseInstanceId } from '../../../src/domain/ids/execution-id.ts';
import type { Plan, PlanTask } from '../../../src/domain/plan/plan.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import { isLastEvent } from '../../../src/domain/run/run-events.ts';
import type { ScriptedRequest } from '../../../src/testing/index.ts';
import { patient } from '../base/patience.ts';
import { groupBy } from './group-by.ts';

/** Nothing starts later than this after a cancel, in ms, on a quiet machine (issue 4, section 5). */
const cancelBoundMs = 1000;

/** V4, V6, V8. The order is checked with a plan only. */
export function aboutStory(story: readonly RunEvent[], plan?: Plan): string[] {
  const found: string[] = [];
  if (story.some((event, index) => event.seq !== index + 1)) found.push('V4 the numbers of the events have gaps');
  const last = story.filter(isLastEvent);
  const behind = story.slice(story.findLastIndex(isLastEvent) + 1);
  if (last.length !== 1 || !behind.every((event) => isOfLater(event) || isOfRollback(event)))
    found.push(`V4 ${last.length} last events, or one in the middle`);
  const isRolledBack = story.some(({ type }) => type === 'run:rolled-back');
  const once = isRolledBack ? story.filter((event) => !isTry(event)) : story;
  const doubles = [...groupBy(once.flatMap(identityOf), (name) => name)].filter(([, names]) => names.length > 1);
  found.push(...doubles.map(([name, names]) => `V4 ${names.length} events ${name}`));
  return [...found, ...aboutOverlap(story), ...(plan ? aboutOrder(story, plan) : []), ...aboutUndoing(story)];
}

// How it was evaluated, and what people did with its branches and files.
function isOfLater(event: RunEvent): boolean {
  return event.type === 'run:evaluated' || event.type === 'run:merged' || isCodingEvent(event);
}

function isOfRollback(event: RunEvent): boolean {
  if (event.type === 'run:rolled-back' || event.type.startsWith('compensation:')) return true;
  return 'taskId' in event && event.taskId.startsWith('undo:');
}

function isTry({ type }: RunEvent): boolean {
  return type === 'compensation:start' || type === 'compensation:error';
}

// What an event is about: there may be only one of each.
function identityOf(event: RunEvent): string[] {
  switch (event.type) {
    case 'agent:invoke':
    case 'agent:answer':
      return [];
    case 'tool:call':
    case 'tool:result':
      return [`${event.type} ${event.taskId} ${event.toolUseId}`];
    case 'issue:created':
    case 'issue:claimed':
    case 'issue:closed':
      return [`${event.type} ${event.issue}`, `${event.type} ${event.title} by ${event.actor}`];
    case 'message:sent':
    case 'message:delivered':
      return [`${event.type} ${event.messageId}`];
    case 'task:start':
      return [`${event.type} ${event.taskId}~${event.attempt}`];
    case 'compensation:start':
    case 'compensation:complete':
    case 'compensation:error':
      return [`${event.type} ${event.taskId}`];
    case 'approval:requested':
      return [`${event.type} ${event.approvalId}`];
    case 'approval:decided':
      return [`${event.type} ${event.approvalId} by ${event.by}`];
    default:
      return [];
  }
}

// An attempt starts only when the one before it has ended, and its turns follow each other.
function aboutOverlap(story: readonly RunEvent[]): string[] {
  const found: string[] = [];
  const atWork = new Set<string>();
  const asked = new Set<string>();
  for (const event of story) {
    if (event.type === 'task:start') {
      if (atWork.has(event.taskId)) found.push(`V6 ${event.taskId} starts although it is at work (event ${event.seq})`);
      atWork.add(event.taskId);
      asked.delete(event.taskId);
    }
    if (event.type === 'task:error' || event.type === 'task:complete') atWork.delete(event.taskId);
    if (event.type === 'agent:invoke') {
      if (asked.has(event.taskId)) found.push(`V4 ${event.taskId} asks twice at once (event ${event.seq})`);
      asked.add(event.taskId);
    }
    if (event.type === 'agent:answer') {
      if (!asked.delete(event.taskId)) found.push(`V4 ${event.taskId} is answered twice (event ${event.seq})`);
    }
  }
  return found;
}

function aboutOrder(story: readonly RunEvent[], plan: Plan): string[] {
  const found: string[] = [];
  const begun = new Set<string>();
  const ended = new Set<string>();
  const atWork = new Set<string>();
  const dependents = new Map(plan.tasks.map((task) => [task.id, { task, needs: waitsFor(plan, task) }]));
  for (const event of story) {
    if (!('taskId' in event) || event.taskId === '' || event.taskId.includes(':')) continue;
    const { task: id, iteration } = parseInstanceId(event.taskId);
    if (['task:complete', 'task:skipped', 'task:reused'].includes(event.type)) {
      ended.add(id);
      atWork.delete(event.taskId);
    }
    if (event.type !== 'task:start') continue;
    atWork.add(event.taskId);
    const entry = dependents.get(id);
    if (!entry || event.attempt > 1 || iteration > 1) continue;
    const tooEarly = [...dependents.values()].filter(
      ({ task, needs }) => begun.has(task.id) && needs.includes(id) && task.join === 'all',
    );
    found.push(...tooEarly.map(({ task }) => `V6 ${event.taskId} starts after ${task.id}, which waits for it`));
    if (begun.has(id)) continue;
    begun.add(id);
    const isOpen = (one: string): boolean =>
      !ended.has(one) || [...atWork].some((instance) => parseInstanceId(instance).task === one);
    const open = entry.needs.filter(isOpen);
    if (entry.needs.length - open.length < neededOf(entry.task, entry.needs.length)) {
      found.push(`V6 ${id} starts at event ${event.seq} before ${open.join(', ')} ended`);
    }
  }
  return found;
}

function waitsFor(plan: Plan, task: PlanTask): string[] {
  const inPhase = plan.tasks.filter((one) => task.afterPhase !== null && one.phase === task.afterPhase);
  return [...new Set([...task.dependsOn.map((edge) => edge.task), ...inPhase.map((one) => one.id)])];
}

function neededOf({ join, dependsOn }: PlanTask, all: number): number {
  const written = dependsOn.filter((edge) => edge.from === 'explicit').length;
  if (join === 'all') return all;
  return all - written + (join === 'any' ? Math.min(1, written) : join.quorum);
}

/** V7: `requests` are all that the model server saw of the run. */
export function aboutCancel(
  story: readonly RunEvent[],
  requests: readonly ScriptedRequest[],
  cancelledAt: number,
): string[] {
  const bound = cancelledAt + patient(cancelBoundMs);
  const late = (at: number): boolean => at > bound;
  const isUndo = (name: string): boolean => name.includes('undo:');
  const calls = requests.filter((call) => late(call.at) && !isUndo(call.callKey ?? ''));
  // Quick tools do all they do in our own database, and are told of later than they ran.
  const tools = story.filter(
    (event) =>
      event.type === 'tool:call' && event.tool !== 'issue' && late(Date.parse(event.at)) && !isUndo(event.taskId),
  );
  return [
    ...calls.map((call) => `V7 ${call.callKey} was asked ${call.at - cancelledAt} ms after the cancel`),
    ...tools.map((event) => `V7 a tool started ${Date.parse(event.at) - cancelledAt} ms after the cancel`),
  ];
}

// V8. Each rollback goes through its own list.
function aboutUndoing(story: readonly RunEvent[]): string[] {
  const ended = story.filter((event) => event.type === 'task:complete').map((event) => event.taskId);
  const rounds: UndoStart[][] = [[]];
  for (const event of story) {
    if (event.type === 'compensation:start') rounds.at(-1)!.push(event);
    if (isLastEvent(event) || event.type === 'run:rolled-back') rounds.push([]);
  }
  return rounds.flatMap((undone) => aboutRound(undone, ended));
}

type UndoStart = Extract<RunEvent, { type: 'compensation:start' }>;

function aboutRound(undone: readonly UndoStart[], ended: readonly string[]): string[] {
  const place = undone.map(({ taskId, taskEnded }) => (taskEnded ? ended.lastIndexOf(taskId) : Infinity));
  const isReverse = place.every((at, index) => index === 0 || at <= place[index - 1]!);
  const order = undone.map(({ taskId, taskEnded }) => `${taskId}${taskEnded ? '' : ' (never ended)'}`).join(', ');
  return isReverse ? [] : [`V8 undone in the order ${order}, but they ended in the order ${ended.join(', ')}`];
}
