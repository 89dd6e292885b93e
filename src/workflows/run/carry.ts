import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { CarriedRun, CarriedTask } from '../../contracts/carried-run.ts';
import { pack, unpack } from '../../domain/packed.ts';
import { outlineOptions } from '../../domain/plan/outline.ts';
import type { Scheduler, SchedulerSnapshot } from '../../domain/scheduling/scheduler.ts';
import { hasEnded } from '../../domain/scheduling/scheduler.ts';
import type { WaveClock } from '../../domain/scheduling/wave-clock.ts';
import type { Executions } from '../books/executions.ts';
import type { PlanTasks } from '../books/plan-tasks.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { TaskState } from '../books/work-item.ts';
import type { Scripts } from '../script/scripts.ts';
import type { CheckpointClock } from './checkpoint-clock.ts';
import type { Crew } from './crew.ts';
import type { MergeQueue } from './merge-queue.ts';
import type { PhaseClock } from './phase-clock.ts';

/** Longest text of an old error that is carried, in characters; the store has the whole one. */
const longestError = 100;

/** Most characters of conversation heads; above it, conversations that are over stay behind. */
const mostHeads = 700_000;

/** Most bytes that a run goes on as new with: Temporal ends one with more than 2 MB. */
const mostCarried = 1_900_000;

/** Whether a run can go on as new with that. */
export function isCarriable(next: CarriedRun): boolean {
  const json = JSON.stringify(next);
  let bytes = json.length;
  for (let at = 0; at < json.length && bytes <= mostCarried; at++) {
    const code = json.charCodeAt(at);
    if (code > 0x7f) bytes += code > 0x7ff ? 2 : 1;
  }
  return bytes <= mostCarried;
}

/** The state of a plan's run. */
export interface PlanState {
  readonly crew: Crew;
  readonly tasks: PlanTasks;
  readonly scheduler: Scheduler;
  readonly phases: PhaseClock;
  readonly waves: WaveClock;
  readonly checkpoints: CheckpointClock;
  readonly executions: Executions;
  /** How often each execution was done anew. */
  readonly epochs: Map<string, number>;
  /** Executions that began, in the order in which they ended; what never ended is not in it. */
  readonly endOrder: string[];
  readonly scripts: Scripts;
  readonly merges: MergeQueue;
}

/** What the next execution of a run has to know. What the store has is not carried, so that it stays small however many tasks there are. */
export function toCarriedRun(run: PlanState): CarriedRun {
  const { crew, scheduler, executions } = run;
  const { books } = crew;
  const scripts = run.scripts.toJSON();
  const merges = run.merges.toJSON();
  const { tasks: outlineTasks, ...outline } = books.outline;
  const { tasks: _tasks, states, ...snapshot } = scheduler.toJSON();
  const planned = new Set(outlineTasks.map(({ id }) => id));
  const extra = [...books.tasks.keys()].filter((id) => !planned.has(id));
  const carry = (id: string): CarriedTask | null => toCarriedTask(books.tasks.get(id));
  return {
    ...crew.toCarried(),
    outline,
    added: outlineTasks.slice(outline.taskCount),
    heads: headsOf(books),
    tasks: { extra, states: pack([...planned, ...extra].map(carry)) },
    scheduler: { ...snapshot, states: pack(outlineTasks.map(({ id }) => states[id] ?? {})) },
    executions: executions.toJSON(),
    epochs: [...run.epochs].filter(([, epoch]) => epoch > 0),
    endOrder: run.endOrder.filter((id) => outlineOptions(run.tasks.of(id)).canCompensate),
    phases: run.phases.toJSON(),
    waves: run.waves.toJSON(),
    ...(books.widths.size > 0 && { widths: [...books.widths] }),
    ...(scripts.length > 0 && { scripts }),
    ...(merges && { merges }),
    ended: run.checkpoints.ended,
  };
}

function toCarriedTask(state: TaskState | undefined): CarriedTask | null {
  if (!state) return null;
  const { status, attempts, startHead, error } = state;
  if (!hasEnded(status) && status !== 'pending') return { ...state };
  const shortError = error === null ? {} : { error: error.slice(0, longestError).toWellFormed() };
  return { status, attempts, ...(startHead !== null && { startHead }), ...shortError };
}

function headsOf(books: RunBooks): Record<string, string> {
  const heads = Object.fromEntries(books.heads.begun());
  if (JSON.stringify(heads).length <= mostHeads) return heads;
  const open = new Set(
    [...books.tasks.values()].filter(({ status }) => !hasEnded(status)).map(({ context }) => context),
  );
  const own = new Set(books.outline.tasks.map(({ id }) => id));
  const isOver = (context: string): boolean => own.has(context) && !open.has(context);
  return Object.fromEntries([...books.heads.begun()].filter(([context]) => !isOver(context)));
}

/** The scheduler of a run that goes on. `tasks`: those of the plan and, behind them, those that were added. */
export function unpackScheduler({ scheduler }: CarriedRun, tasks: OutlineTask[]): SchedulerSnapshot {
  const { states, ...snapshot } = scheduler;
  const entries = unpack(states).map((state, index) => [tasks[index]!.id, state] as const);
  return { ...snapshot, tasks, states: Object.fromEntries(entries) };
}

/** Puts back what the execution before carried; what was in flight is not at work yet. */
export function restoreRun(run: PlanState, carried: CarriedRun): void {
  const { books } = run.crew;
  const { extra, states } = carried.tasks;
  const ids = [...books.outline.tasks.map(({ id }) => id), ...extra];
  unpack(states).forEach((state, index) => {
    if (state) books.tasks.set(ids[index]!, toTaskState(run, ids[index]!, state));
  });
  for (const [id, epoch] of carried.epochs) run.epochs.set(id, epoch);
  for (const [id, width] of carried.widths ?? []) books.widths.set(id, width);
  run.endOrder.push(...carried.endOrder);
  run.phases.restore(carried.phases);
  run.waves.restore(carried.waves);
  run.checkpoints.restore(carried.ended);
}

function toTaskState(run: PlanState, id: string, carried: CarriedTask): TaskState {
  const { phase, agent, context } =
    carried.context === undefined ? run.tasks.toWorkItem(id) : { ...carried, phase: null };
  const begin = { startedAt: run.crew.books.startedAt, durationMs: 0, startHead: null, progress: null };
  return {
    id,
    phase,
    agent: agent!,
    context: context!,
    error: null,
    head: null,
    attempts: 0,
    ...begin,
    ...carried,
  };
}
