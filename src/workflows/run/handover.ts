/*
 * A run whose history has become long goes on as new:
 *
 * H1 Nothing is waited for but steps whose results would be lost: activities in flight, updates being handled. Agent loops inside of the run
 *    stop between two turns, child workflows go on and tell their end by signal, whoever waits for a person goes on waiting.
 * H2 When those steps take long, the run goes on here and moves later; only a history near Temporal's limit makes it wait for them.
 * H3 What the store has is not carried, so that the state stays small however many tasks there are.
 */
import { CancellationScope, allHandlersFinished, condition, workflowInfo } from '@temporalio/workflow';
import type { OutlineTask } from '../../contracts/outline.ts';
import type { CarriedRun, CarriedTask } from '../../contracts/carried-run.ts';
import { outlineOptions } from '../../domain/plan/outline.ts';
import { pack, unpack } from '../../domain/packed.ts';
import type { SchedulerSnapshot } from '../../domain/scheduling/scheduler.ts';
import { hasEnded } from '../../domain/scheduling/scheduler.ts';
import type { TaskState } from '../books/work-item.ts';
import type { PlanRun } from './plan-run.ts';

/** A history is long from here on. Temporal warns at 10,240 events or 10 MB, and ends a run at 51,200 or 50 MB. */
const longHistory = { events: 8000, bytes: 8_000_000 };
const hardHistory = { events: 30_000, bytes: 30_000_000 };

/** How long new work is held back for steps in flight, in ms. */
const patienceMs = 10_000;

/** Promises that follow from one step, at most: whoever went on by then has begun its next step. */
const settlingTicks = 200;

/** Longest text of an old error that is carried, in characters; the store has the whole one. */
const longestError = 100;

/** Most characters of conversation heads; above it, conversations that are over stay behind. */
const mostHeads = 700_000;

/** Decides when a run goes on as new, and with what. */
export class Handover {
  readonly #run: PlanRun;
  readonly #events: number;
  /** Not tried again before so many events. */
  #notBefore = 0;

  constructor(run: PlanRun, moveAfterEvents = longHistory.events) {
    this.#run = run;
    this.#events = moveAfterEvents;
  }

  get isDue(): boolean {
    const { historyLength, historySize } = workflowInfo();
    const isLong = historyLength >= this.#events || historySize >= longHistory.bytes;
    return isLong && historyLength >= this.#notBefore && this.#mayMove;
  }

  get #mayMove(): boolean {
    const { crew, hasFailed } = this.#run;
    const isCancelled = CancellationScope.current().consideredCancelled;
    return crew.stop === null && !crew.control.isCompensating && !hasFailed && !isCancelled;
  }

  /** Brings the run to a rest (H1). @returns what the next execution has to know; null: it goes on here for now (H2) */
  async prepare(): Promise<CarriedRun | null> {
    const { crew } = this.#run;
    let carried: CarriedRun | null = null;
    crew.isMoving = true;
    try {
      if (await this.#comesToRest()) carried = toCarried(this.#run);
      return carried;
    } finally {
      if (carried === null) {
        crew.isMoving = false;
        this.#notBefore = workflowInfo().historyLength + this.#events / 4;
        crew.control.changes++;
      }
    }
  }

  async #comesToRest(): Promise<boolean> {
    const { crew, executions } = this.#run;
    const isQuiet = (): boolean => crew.busy.isIdle && allHandlersFinished() && !executions.isSkipping;
    const { historyLength, historySize } = workflowInfo();
    const isUrgent = historyLength > hardHistory.events || historySize > hardHistory.bytes;
    for (;;) {
      const isThere = (): boolean => isQuiet() || !this.#mayMove;
      if (isUrgent) await condition(isThere);
      else if (!(await condition(isThere, patienceMs))) return false;
      // Somebody may just have been given what it waited for.
      for (let tick = 0; tick < settlingTicks; tick++) await Promise.resolve();
      if (!this.#mayMove) return false;
      // A child that has only just started is told now.
      if (!isQuiet() || (await crew.attempts.letGo())) continue;
      if (crew.isWritten) return true;
      await crew.flush();
    }
  }
}

// H3
function toCarried(run: PlanRun): CarriedRun {
  const { crew, scheduler, executions } = run;
  const { tasks: outlineTasks, ...outline } = crew.outline;
  const { tasks: _tasks, states, ...snapshot } = scheduler.toJSON();
  const planned = new Set(outlineTasks.map(({ id }) => id));
  const extra = [...crew.tasks.keys()].filter((id) => !planned.has(id));
  const carry = (id: string): CarriedTask | null => toCarriedTask(crew.tasks.get(id));
  return {
    ...crew.toCarried(),
    outline,
    added: outlineTasks.slice(outline.taskCount),
    heads: headsOf(run),
    tasks: { extra, states: pack([...planned, ...extra].map(carry)) },
    scheduler: { ...snapshot, states: pack(outlineTasks.map(({ id }) => states[id] ?? {})) },
    executions: executions.toJSON(),
    epochs: [...run.epochs].filter(([, epoch]) => epoch > 0),
    endOrder: run.endOrder.filter((id) => outlineOptions(run.taskOf(id)).canCompensate),
    ...{ phases: run.phases.toJSON(), waves: run.waves.toJSON(), ended: run.checkpoints.ended },
  };
}

function toCarriedTask(state: TaskState | undefined): CarriedTask | null {
  if (!state) return null;
  const { status, attempts, startHead, error } = state;
  if (!hasEnded(status) && status !== 'pending') return { ...state };
  const shortError = error === null ? {} : { error: error.slice(0, longestError).toWellFormed() };
  return { status, attempts, ...(startHead !== null && { startHead }), ...shortError };
}

function headsOf({ crew }: PlanRun): Record<string, string> {
  const heads = Object.fromEntries(crew.heads);
  if (JSON.stringify(heads).length <= mostHeads) return heads;
  const open = new Set(
    [...crew.tasks.values()].filter(({ status }) => !hasEnded(status)).map(({ context }) => context),
  );
  const own = new Set(crew.outline.tasks.map(({ id }) => id));
  const isOver = (context: string): boolean => own.has(context) && !open.has(context);
  return Object.fromEntries([...crew.heads].filter(([context]) => !isOver(context)));
}

/** The scheduler of a run that goes on. `tasks`: those of the plan and, behind them, those that were added. */
export function unpackScheduler({ scheduler }: CarriedRun, tasks: OutlineTask[]): SchedulerSnapshot {
  const { states, ...snapshot } = scheduler;
  const entries = unpack(states).map((state, index) => [tasks[index]!.id, state] as const);
  return { ...snapshot, tasks, states: Object.fromEntries(entries) };
}

/** Puts back what the execution before carried; what was in flight is not at work yet. */
export function restoreRun(run: PlanRun, carried: CarriedRun): void {
  const { crew } = run;
  const { extra, states } = carried.tasks;
  const ids = [...crew.outline.tasks.map(({ id }) => id), ...extra];
  unpack(states).forEach((state, index) => {
    if (state) crew.tasks.set(ids[index]!, toTaskState(run, ids[index]!, state));
  });
  for (const [id, epoch] of carried.epochs) run.epochs.set(id, epoch);
  run.endOrder.push(...carried.endOrder);
  run.phases.restore(carried.phases);
  run.waves.restore(carried.waves);
  run.checkpoints.restore(carried.ended);
}

function toTaskState(run: PlanRun, id: string, carried: CarriedTask): TaskState {
  const { phase, agent, context } = carried.context === undefined ? run.toCrewTask(id) : { ...carried, phase: null };
  const begin = { startedAt: run.crew.startedAt, durationMs: 0, startHead: null, progress: null };
  return {
    ...{ id, phase, agent: agent!, context: context!, error: null, head: null, attempts: 0, ...begin },
    ...carried,
  };
}
