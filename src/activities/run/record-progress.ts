/*
 * P1 One transaction: what ended, what begins, and the events that tell of it are there together or not at all.
 * P2 It may come twice, as a local activity does after a crash: the second time changes nothing and answers the same.
 * P3 The run's row is touched last, so that turns of its tasks do not wait for expressions.
 */
import type { InnerReport } from '../../contracts/agent-task.ts';
import type {
  BeginTask,
  BegunTask,
  EndedTask,
  LoopCheck,
  RecordProgressInput,
  RecordProgressResult,
} from '../../contracts/progress.ts';
import { parseInstanceId } from '../../domain/ids/execution-id.ts';
import { attemptMark, toAttemptId } from '../../domain/ids/journal-key.ts';
import type { Instance } from '../../domain/ids/execution-id.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { toNanoUsd } from '../../domain/money/money.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { appendNew } from '../../store/run/events.ts';
import { setScopeLimit } from '../../store/journal/ledger.ts';
import { releaseAttempts } from '../../store/journal/waiting-calls.ts';
import { writeMessages } from '../../store/messages/messages.ts';
import { standsAside } from '../../domain/worktrees/isolation-of.ts';
import { callStandingAside } from '../../store/worktrees/overlap-rows.ts';
import { fallLocks } from '../../store/state/locks.ts';
import { lockTasks, setRunLimits, setStatus } from '../../store/run/run-settings.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import { callKeys, endWaits, listCalled } from '../../store/wakes/waits.ts';
import { isTrue, localsOf } from '../../store/task/task-decision.ts';
import type { TaskFacts } from '../../store/task/task-facts.ts';
import { createTaskFacts } from '../../store/task/task-facts.ts';
import { listDone, listGivenUp } from '../../store/task/task-rows.ts';
import { writeEnded } from '../../store/task/task-writes.ts';
import { beginTasks } from './begin-task.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { keepCheckpoint } from './keep-checkpoint.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { wakeOthers } from '../base/wake-waiting.ts';
import { tellEnded } from '../messages/tell-ended.ts';
import { callUpOthers } from '../money/call-up.ts';
import { noSuchLimit, plannedScope } from '../money/spending.ts';
import { tellPaid } from './tell-paid.ts';

/** Writes events and changes of state, and answers what is to be known of the tasks that come next (P1, P2). */
export async function recordProgress(
  store: WorkerStore,
  run: FrozenRun,
  input: RecordProgressInput,
): Promise<RecordProgressResult> {
  const result = await store.transaction((sql) => applyProgress(sql, run, input));
  const reports: InnerReport[] = [];
  if (input.limits || leftAttempts(input.events).length > 0) reports.push(...(await callUpOthers({ store }, run)));
  const { ended = [], begin = [] } = input;
  const mayWake =
    endedAttempts(input.events).length + begunWaits(input.events).length + ended.length + begin.length > 0;
  if (mayWake) reports.push(...(await wakeOthers(run, await listCalled(store.sql, run.no))));
  return reports.length > 0 ? { ...result, reports } : result;
}

/** The same inside a transaction. */
export async function applyProgress(
  sql: Sql,
  run: FrozenRun,
  input: RecordProgressInput,
): Promise<RecordProgressResult> {
  const { ended = [], begin = [], loops = [], asks = [], messages = [], checkpoints = [] } = input;
  const changesTasks = ended.length + begin.length > 0 || input.giveUp !== undefined;
  // Two tries of the same step at once take turns.
  if (changesTasks) await lockTasks(sql, run.no);
  if (input.isOfSlice) return applyWithoutGivenUp(sql, run, input);
  if (input.giveUp) return applyGivenUp(sql, run, input, input.giveUp);
  if (ended.length > 0) await end(sql, run, ended);
  await tellEnded(sql, run, ended);
  // Before anything begins: what the next task takes over is not of this checkpoint.
  const saved: RunEventDraft[] = [];
  for (const checkpoint of checkpoints)
    saved.push(await keepCheckpoint(sql, run.no, { ...checkpoint, snapshot: null, snapshots: {} }));
  await writeMessages(sql, run.no, messages);
  const { no, board, digests } = run;
  const facts = createTaskFacts(sql, { no, board, digests });
  const result: RecordProgressResult = { begun: [], loops: [], asks: [] };
  for (const loop of loops) result.loops.push(await checkLoop(sql, run, { loop, facts }));
  for (const id of asks) result.asks.push(await isAsked(sql, run, { id, facts }));
  if (begin.length > 0) result.begun = await beginTasks(sql, run, { begin, facts });
  const widths = result.begun.flatMap((begun) => toldWidth(begun, begin));
  const events = await tellPaid(sql, run.no, input.events);
  const over = endedAttempts(events);
  await endWaits(sql, run.no, over.map(keysOf));
  await callKeys(sql, run.no, await fallLocks(sql, run.no, over));
  // A worker that is gone for good seals nothing; and nobody waits for who waits for a person.
  const inNobodysWay = [...over.map((one) => one.taskId), ...begunWaits(events)];
  if (standsAside(run.plan)) await callStandingAside(sql, run.no, inNobodysWay);
  const problem = await changeRun(sql, run, input);
  const left = leftAttempts(events);
  if (left.length > 0) await releaseAttempts(sql, run.no, left);
  await appendNew(sql, run.no, [...events, ...saved, ...widths]);
  return problem === null ? result : { ...result, problem };
}

async function applyGivenUp(
  sql: Sql,
  run: FrozenRun,
  { giveUp: _giveUp, ended = [], ...others }: RecordProgressInput,
  wanted: readonly EndedTask[],
): Promise<RecordProgressResult> {
  const ids = wanted.map(({ id }) => id);
  const hadEnded = await listDone(sql, run.no, ids);
  const givenUp = wanted.filter(({ id }) => !hadEnded.includes(id));
  const result = await applyProgress(sql, run, { ...others, ended: [...ended, ...givenUp] });
  return hadEnded.length > 0 ? { ...result, hadEnded } : result;
}

async function applyWithoutGivenUp(
  sql: Sql,
  run: FrozenRun,
  input: RecordProgressInput,
): Promise<RecordProgressResult> {
  const { isOfSlice: _isOfSlice, begin = [], ended = [], ...others } = input;
  const ids = [...begin, ...ended].map(({ id }) => id);
  const givenUp = ids.length > 0 ? await listGivenUp(sql, run.no, ids) : [];
  const isThere = ({ id }: { id: string }): boolean => !givenUp.includes(id);
  const events = input.events.filter((event) => event.type !== 'task:complete' || isThere({ id: event.taskId }));
  // What would begin may be ready by what was given up, of which its scheduler does not know.
  const rest = { ...others, begin: givenUp.length > 0 ? [] : begin, ended: ended.filter(isThere), events };
  const result = await applyProgress(sql, run, rest);
  return givenUp.length > 0 ? { ...result, givenUp } : result;
}

function toldWidth(begun: BegunTask, begin: readonly BeginTask[]): RunEventDraft[] {
  if (begun.verdict !== 'expand') return [];
  const epoch = begin.find(({ id }) => id === begun.id)?.epoch ?? 0;
  const { id: group, width } = begun;
  return [{ key: `expanded/${group}/${epoch}`, type: 'task:expanded', group, width }];
}

/** An attempt that failed; `attempt` null: all of a task that has come to an end. */
interface Over {
  taskId: string;
  attempt: number | null;
}

// Tasks that begin to wait for a person, a limit or a provider.
function begunWaits(events: readonly RunEventDraft[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'approval:requested' || event.type === 'blocker:raised') return event.taskId;
    return event.type === 'task:waiting' && event.cause !== 'crew' ? event.taskId : [];
  });
}

// Whose locks fall, and whose calls wait for nothing any more.
function endedAttempts(events: readonly RunEventDraft[]): Over[] {
  return events.flatMap((event) => {
    if (event.type === 'task:error') return { taskId: event.taskId, attempt: event.attempt };
    const isEnd = event.type === 'task:skipped' || event.type === 'task:complete';
    return isEnd ? { taskId: event.taskId, attempt: null } : [];
  });
}

function keysOf({ taskId, attempt }: Over): string {
  return attempt === null ? `${taskId}${attemptMark}` : `${toAttemptId(taskId, attempt)}/`;
}

// Beginnings of the keys of calls that nobody works on any more: those of attempts that did not come to their own end.
function leftAttempts(events: readonly RunEventDraft[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'task:error') return `${toAttemptId(event.taskId, event.attempt)}/`;
    const isLeft = event.type === 'task:skipped' || (event.type === 'task:complete' && !event.success);
    return isLeft ? `${event.taskId}${attemptMark}` : [];
  });
}

async function end(sql: Sql, run: FrozenRun, ended: NonNullable<RecordProgressInput['ended']>): Promise<void> {
  for (const { id } of ended) {
    const definition = await taskDefinition(sql, run, id);
    // Somebody did a task of a phase anew: what came out of that phase is another thing now.
    for (const phase of run.digests.keys()) {
      if ((definition?.phase ?? Infinity) <= phase) run.digests.delete(phase);
    }
  }
  await writeEnded(sql, run.no, { ended, definitionOf: (task) => run.tasks.get(task) });
}

async function checkLoop(
  sql: Sql,
  run: FrozenRun,
  { loop: { loop, iteration }, facts }: { loop: LoopCheck; facts: TaskFacts },
): Promise<RecordProgressResult['loops'][number]> {
  const definition = 'task' in loop ? await taskDefinition(sql, run, loop.task) : undefined;
  const phase = 'task' in loop ? undefined : run.plan.phases[loop.phase];
  const repeat = definition?.repeat ?? phase?.repeat;
  if (!repeat) return { isOver: true, error: null };
  const instance: Instance = { task: 'task' in loop ? loop.task : '', item: null, iteration };
  const local: JsonObject = definition ? localsOf(definition, instance) : { task: { iteration } };
  return answer(() => isTrue(run, facts, { source: repeat.until, local })).then(({ value, error }) => ({
    isOver: value ?? true,
    error: error === null ? null : `"${repeat.until.slice(0, 200)}" of ${definition?.id ?? phase?.name}: ${error}`,
  }));
}

async function isAsked(sql: Sql, run: FrozenRun, { id, facts }: { id: string; facts: TaskFacts }): Promise<boolean> {
  const definition = await taskDefinition(sql, run, id);
  const approval = definition?.approval;
  if (!definition || approval?.at !== 'after') return false;
  const { when } = approval;
  if (when === null) return true;
  const instance = parseInstanceId(id);
  const item: JsonValue | undefined =
    instance.item === null ? undefined : await facts.item(instance.task, instance.iteration, instance.item);
  // Asked about one execution, its task's name stands for that one, also while other items are still at work.
  const own = await facts.instance(id);
  const seen = { ...facts, latest: async (task: string) => (task === instance.task ? own : facts.latest(task)) };
  const local = localsOf(definition, instance, item);
  const { value } = await answer(() => isTrue(run, seen, { source: when, local }));
  // Whoever wrote the condition wanted somebody to look: when in doubt, somebody does.
  return value ?? true;
}

async function answer(ask: () => Promise<boolean>): Promise<{ value: boolean | null; error: string | null }> {
  try {
    return { value: await ask(), error: null };
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'StoreError' || 'severity' in error) throw error;
    return { value: null, error: error.message.slice(0, 500) };
  }
}

// Returns why a limit was not changed; null: all is done.
async function changeRun(
  sql: Sql,
  run: FrozenRun,
  { status, limits }: Pick<RecordProgressInput, 'status' | 'limits'>,
): Promise<string | null> {
  const { no } = run;
  const problem = limits ? await changeLimits(sql, run, limits) : null;
  if (status) await setStatus(sql, no, status);
  return problem;
}

async function changeLimits(
  sql: Sql,
  run: FrozenRun,
  limits: NonNullable<RecordProgressInput['limits']>,
): Promise<string | null> {
  const { no } = run;
  const { usd, tokens = null, usdPerMinute, scope } = limits;
  const nano = (value: number | undefined): number | null => (value === undefined ? null : toNanoUsd(value));
  if (scope !== undefined) {
    const planned = await plannedScope(sql, run, scope);
    if (!planned) return noSuchLimit(scope);
    await setScopeLimit(sql, no, { planned, limitNano: nano(usd), limitTokens: tokens });
    return null;
  }
  await setRunLimits(sql, no, { nano: nano(usd), tokens, nanoPerMinute: nano(usdPerMinute) });
  return null;
}
