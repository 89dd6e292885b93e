/*
 * What `workspace.on_overlap` says of the later one of two tasks that changed the same lines (`wait`, `hand_over`):
 * S1 It stands still between two steps, in workflow code, until the attempt of the other one has ended: no worker and no process is held.
 *    Only the later one in the plan ever waits, so none waits for each other; and nobody waits, or waits on, for a task that itself stands
 *    still for something else, as that may be this one.
 * S2 Then it goes on from what the other one left. Its worktree begins there, as if it had depended on it: a retry begins there, too, and
 *    its branch holds both, so that no train sees a conflict.
 * S3 `wait`: its own work is merged into that; where git cannot, the files have conflict markers, and its agent is told. They are remembered:
 *    work with markers is not sealed.
 * S4 `hand_over`: the other one is told which commit has the work. Where it has heard that before it was done, the files in question are as
 *    it left them, and everything else is the task's own still. Where it has not, or has failed, nothing is handed over: S3.
 * S5 What was decided after a wait is a row of the journal: a step that is done again finds it.
 * S6 Where git cannot even bring what it began from and the other one's work together, nothing can be taken in: the attempt is told once, by
 *    an event whose key is the memory of that, and is over when its agent says so.
 */
import type { StandAsideInput, StandAsideResult } from '../../contracts/workspace.ts';
import { toolKey } from '../../domain/ids/journal-key.ts';
import type { JsonObject } from '../../domain/json.ts';
import { taskOfWorktreeKey, worktreeKey } from '../../domain/worktrees/worktree-key.ts';
import { standsAside } from '../../domain/worktrees/isolation-of.ts';
import { taskSnapshotRef } from '../../domain/worktrees/refs.ts';
import type { Sql } from '../../store/database/sql.ts';
import { isHeard } from '../../store/messages/inbox.ts';
import { appendNew, isTold } from '../../store/run/events.ts';
import { beginWait, endWait, findWaitKey, holdKeys } from '../../store/wakes/waits.ts';
import { hasTaskEnded, standsForOthers, writeBegunAt } from '../../store/worktrees/overlap-rows.ts';
import {
  findHeld,
  findWorktree,
  holdWorktree,
  writeSnapshot,
  type WorktreeRow,
} from '../../store/worktrees/worktree-rows.ts';
import { toHolder } from '../base/activity-context.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { inTurn } from './in-turn.ts';
import { comesBefore, findOverlaps, hasLeft, isAtWork, type Overlap } from './find-overlaps.ts';
import { placeOfRow, sharedOf } from './task-place.ts';
import { messageIdOf, tellAgent } from './tell-agent.ts';
import { mostFiles } from './tell-overlaps.ts';

type Dependencies = Pick<ActivityDependencies, 'store' | 'worktrees' | 'folderProblem' | 'folderHost' | 'host'>;

/** Whether a task is to stand aside before it goes on. */
export async function isInTheWay(
  dependencies: Dependencies,
  run: FrozenRun,
  step: Omit<StandAsideInput, 'step' | 'runKey'>,
): Promise<boolean> {
  if (!standsAside(run.plan)) return false;
  const { sql } = dependencies.store;
  const own = await findHeld(sql, run.no, step);
  return own !== undefined && (await firstOverlap(dependencies, run, { sql, own })) !== null;
}

/** Whom a task has to wait for before it goes on, or what it is told once it can; null: nobody is in its way. */
export async function standAside(
  dependencies: Dependencies,
  run: FrozenRun,
  input: StandAsideInput,
): Promise<StandAsideResult> {
  const callKey = toolKey({ ...input, turn: input.step }, 'overlap');
  let waits: Extract<StandAsideResult, { waits: unknown }> | null = null;
  const look = async (sql: Sql): Promise<JsonObject | null> => {
    await holdWorktree(sql, run.no, input.taskId);
    const own = await findHeld(sql, run.no, input);
    if (!own) return null;
    const at = { sql, own, callKey };
    const waited = await findWaitKey(sql, run.no, callKey);
    const found = waited ? await afterWait(dependencies, run, at, waited) : await firstLook(dependencies, run, at);
    if (found === null || 'text' in found) return found as JsonObject | null;
    waits = found;
    return null; // S5
  };
  const text = await inTurn(() => dependencies.store.journal.look(run.no, callKey, look));
  return waits ?? (text as StandAsideResult);
}

interface Look {
  sql: Sql;
  own: WorktreeRow;
  callKey: string;
}

// S1
async function firstOverlap(
  dependencies: Dependencies,
  run: FrozenRun,
  { sql, own }: Pick<Look, 'sql' | 'own'>,
): Promise<Overlap | null> {
  const counts = (row: WorktreeRow): boolean => hasLeft(row) || (isAtWork(row) && comesBefore(run, row, own));
  for (const overlap of await findOverlaps(dependencies, run, { sql, own, counts })) {
    const { other } = overlap;
    const isToMeet = hasLeft(other)
      ? !(await isTold(sql, run.no, apartKey(own, other))) // S6
      : (await isStillAtIt(sql, run, other)) && !(await standsForOthers(sql, run.no, other.taskId));
    if (isToMeet) return overlap;
  }
  return null;
}

// What a task that has ended did not get sealed stays open.
async function isStillAtIt(sql: Sql, run: FrozenRun, { status, taskId }: WorktreeRow): Promise<boolean> {
  return status === 'open' && !(await hasTaskEnded(sql, run.no, taskId));
}

async function firstLook(dependencies: Dependencies, run: FrozenRun, look: Look): Promise<StandAsideResult> {
  const { sql, own } = look;
  const overlap = await firstOverlap(dependencies, run, look);
  if (!overlap) return null;
  const { other, files } = overlap;
  await holdKeys(sql, run.no, [worktreeKey(other.taskId)]);
  const now = (await findWorktree(sql, run.no, other.taskId))!;
  if (!(await isStillAtIt(sql, run, now))) return goOn(dependencies, run, look, now);
  // It may have begun to since: whoever stands still calls those who wait already, and nobody who comes later.
  if (await standsForOthers(sql, run.no, now.taskId)) return null;
  if (run.plan.isolation?.onOverlap === 'hand_over') {
    const told = { context: other.context, text: handedOver(own, files), key: handOverKey(own, other) };
    await appendNew(sql, run.no, [await tellAgent(sql, run, told)]);
  }
  const { taskId } = own;
  const detail = `${other.taskId}, which changed the same lines of ${files.slice(0, 5).join(', ')}`;
  const event = { type: 'task:waiting', taskId, cause: 'crew', detail } as const;
  await appendNew(sql, run.no, [{ key: `waits/${look.callKey}`, ...event }]);
  return wait(dependencies, run, look, other.taskId);
}

async function wait(dependencies: Dependencies, run: FrozenRun, look: Look, other: string): Promise<StandAsideResult> {
  const { workflowId } = toHolder(dependencies);
  const key = worktreeKey(other);
  const { taskId } = look.own;
  await beginWait(look.sql, { no: run.no, callKey: look.callKey, key, workflowId, taskId });
  return { waits: { key, until: null, what: `the end of ${other}, which changed the same lines` } };
}

async function afterWait(
  dependencies: Dependencies,
  run: FrozenRun,
  look: Look,
  waited: string,
): Promise<StandAsideResult> {
  const { sql, own, callKey } = look;
  await holdKeys(sql, run.no, [waited]);
  const taskId = taskOfWorktreeKey(waited);
  const other = (await findWorktree(sql, run.no, taskId))!;
  const isAtIt = await isStillAtIt(sql, run, other);
  const standsItself = isAtIt && (await standsForOthers(sql, run.no, taskId));
  if (isAtIt && !standsItself) return wait(dependencies, run, look, taskId);
  await endWait(sql, run.no, callKey);
  await appendNew(sql, run.no, [{ key: `resumed/${callKey}`, type: 'task:resumed', taskId: own.taskId }]);
  if (standsItself)
    return { text: `${taskId}, which changed the same lines as you, waits for somebody itself. Go on.` };
  return goOn(dependencies, run, look, other);
}

// S2
async function goOn(
  dependencies: Dependencies,
  run: FrozenRun,
  look: Look,
  other: WorktreeRow,
): Promise<StandAsideResult> {
  const { sql, own } = look;
  const name = other.taskId;
  if (!hasLeft(other))
    return { text: `${name}, which had changed the same lines as you, has ended and left nothing. Go on.` };
  const { worktrees } = dependencies;
  const place = await placeOfRow(dependencies, run, own);
  const { repository } = place;
  const title = `gaffer: ${own.taskId} of run ${run.runId} goes on from ${name}`;
  const heads = [{ branch: other.branch, commit: other.sealed! }];
  const start = await worktrees.combine(repository, { base: own.start, heads, title });
  if (start.leftOut.length > 0) {
    const files = start.leftOut[0]!.files.slice(0, mostFiles);
    const told = { type: 'lease:overlap', taskId: own.taskId, other: name, files, decision: 'go_on' } as const;
    await appendNew(sql, run.no, [{ key: apartKey(own, other), ...told }]); // S6
    return {
      text: `${name} is done. Its work, ${other.branch}, does not go together with what you began from: go on, and say so.`,
    };
  }
  const isTaken = await isHeard(sql, run.no, messageIdOf(handOverKey(own, other))); // S4
  const merged = await worktrees.merge(place, { ours: own.head, theirs: start.commit, title, takesTheirs: isTaken });
  const task = await taskDefinition(sql, run, own.taskId);
  await worktrees.putBack(place, { commit: merged.commit, shared: sharedOf(run, task) });
  const marked = isTaken ? [] : merged.files;
  await noteBegun(dependencies, run, { sql, own, start: start.commit, head: merged.commit, marked });
  return { text: isTaken ? takenText(own, name, merged.files) : mergedText(name, merged.files) };
}

interface Begun {
  sql: Sql;
  own: WorktreeRow;
  start: string;
  head: string;
  marked: readonly string[];
}

async function noteBegun(
  dependencies: Dependencies,
  run: FrozenRun,
  { sql, own, start, head, marked }: Begun,
): Promise<void> {
  const { taskId, attempt } = own;
  const { repository } = await placeOfRow(dependencies, run, own);
  const files = (await dependencies.worktrees.changed(repository, own.head, head)).length;
  const ref = taskSnapshotRef(run.runId, taskId, own.lastSnapshot + 1);
  await dependencies.worktrees.setRef(repository, ref, { commit: head, on: own.head });
  const n = await writeSnapshot(sql, run.no, { taskId, attempt, commit: head, files });
  await writeBegunAt(sql, run.no, { taskId, start, marked });
  const told = { type: 'snapshot:saved', taskId, attempt, n, commit: head, files } as const;
  await appendNew(sql, run.no, [{ key: `snapshot/${taskId}/${n}`, ...told }]);
}

function apartKey({ taskId, attempt, epoch }: WorktreeRow, other: WorktreeRow): string {
  return `apart/${taskId}/${attempt}/${epoch}/${other.taskId}/${other.sealed!}`;
}

function handOverKey(own: WorktreeRow, other: WorktreeRow): string {
  return `hands-over/${own.taskId}/${own.attempt}/${own.epoch}/${other.taskId}/${own.head}`;
}

function handedOver({ taskId, start, head }: WorktreeRow, files: readonly string[]): string {
  return [
    `${taskId} hands its work over to you, as it changed the same lines: ${files.join(', ')}.`,
    `Bring it into your folder so that both intentions hold: \`git diff ${start} ${head} -- ${files.join(' ')}\` shows it. It leaves these files to you.`,
  ].join('\n');
}

function takenText({ lastSnapshot, taskId }: WorktreeRow, other: string, files: readonly string[]): string {
  const which = files.length === 0 ? 'what both of you changed' : files.join(', ');
  return `${other} has taken over your change to ${which}, and is done. Your folder has its work now, and these files are as it left them; the rest of yours is merged into that. Leave them so. What you had done is kept as snapshot ${taskId}@${lastSnapshot}. Go on with what else there is to do.`;
}

function mergedText(other: string, files: readonly string[]): string {
  const done = `${other}, which had changed the same lines as you, is done, and its work is in your folder now, merged with yours.`;
  if (files.length === 0) return `${done} Look at both together, and go on.`;
  return `${done} Where both changed the same lines the files have conflict markers ("<<<<<<<" is yours, ">>>>>>>" is that of ${other}): ${files.join(', ')}. Resolve them so that both intentions hold, take all markers out, and go on.`;
}
