import { CancellationScope, CancelledFailure, continueAsNew, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { CarriedRun } from '../contracts/carried-run.ts';
import type { OrchestrateInput } from '../contracts/orchestrate-input.ts';
import { failureTypes } from '../domain/run/failure-types.ts';
import type { RunResult, RunStop } from '../domain/run/run-result.ts';
import { answerQueries } from './control/answer-queries.ts';
import { handleControl, handlePlanControl, mayBeginIn } from './control/control-handlers.ts';
import type { RunBooks } from './books/run-books.ts';
import { Crew } from './run/crew.ts';
import { describeFailure } from './base/failures.ts';
import { skipTheRest } from './control/plan-changes.ts';
import { toCarriedRun } from './run/carry.ts';
import { PlanRun } from './run/plan-run.ts';
import { LinkToAround } from './run/run-around.ts';
import { toCarriedUndos, undoAll, undoList } from './undo/undo.ts';
import { UpdateTable } from './control/update-table.ts';
import type { TimeLimit } from './base/within.ts';
import { within } from './base/within.ts';
import { declareVersioning } from './base/versioning.ts';

/**
 * One execution of a plan: starts every task as soon as its dependencies allow it, and ends honestly.
 *
 * @throws ApplicationFailure `InvalidInput` or `RunFailed`; CancelledFailure when it was cancelled
 */
export async function orchestrate(input: OrchestrateInput): Promise<RunResult> {
  const updates = new UpdateTable().hold();
  const { moveAfterEvents, carried = null, ...rest } = input ?? {};
  // What is no object at all is refused with the rest of what nobody checked.
  const start = typeof (input ?? {}) === 'object' ? rest : input;
  const crew = await openCrew(carried, start).catch((error: unknown) => {
    updates.fail(error);
    throw error;
  });
  const { books } = crew;
  books.moveAfterEvents = moveAfterEvents;
  const around = input.within ? new LinkToAround(input.within, crew, carried?.around) : null;
  const run = new PlanRun(crew, carried);
  const isTakenUp = carried !== null && !carried.undoing;
  takeControl(run, updates, isTakenUp ? crew.attempts.whenTakenUp : null);
  tellCancel(books);
  if (carried?.isCancelled) CancellationScope.current().cancel();
  const { undoing } = carried ?? {};
  const end = undoing ? takeUpUndoing(books, undoing) : await runPlan(run, carried);
  if (end.next) {
    if (around) await around.tellMove(carried === null);
    const isCancelled = CancellationScope.current().consideredCancelled;
    return goOn(input, around, isCancelled ? { ...end.next, isCancelled } : end.next);
  }
  let { stop } = end;
  const isCancelled = stop?.kind !== 'cancelled' && CancellationScope.current().consideredCancelled;
  if (end.isUndone || isCancelled) {
    stop = withLateCancel(stop);
    const isAll = await undoAll(crew, undoList(run));
    stop = withLateCancel(stop);
    const rest = { stop, done: toCarriedUndos(books.compensations) };
    if (!isAll && around) await around.tellMove(false);
    if (!isAll) return goOn(input, around, { ...toCarriedRun(run), undoing: rest });
  }
  skipTheRest(run, stop?.reason ?? 'the run ended before it could start');
  const ending = crew.close(stop);
  return around ? around.tellEnd(ending) : ending;
}

function goOn(input: OrchestrateInput, around: LinkToAround | null, carried: CarriedRun): Promise<never> {
  const next = around ? { ...carried, around: around.toCarried() } : carried;
  return continueAsNew<typeof orchestrate>({ ...input, carried: next });
}

/** How the execution of a plan came to its end; `next`: it did not, and goes on as new with this. */
interface PlanEnd {
  stop: RunStop;
  isUndone: boolean;
  next: CarriedRun | null;
}

async function runPlan(run: PlanRun, carried: CarriedRun | null): Promise<PlanEnd> {
  const { books } = run;
  const isCompensated = books.outline.onFailure === 'compensate';
  try {
    // Cancelled before it began: then nothing of it begins. What an earlier execution began must hear of the cancel.
    if (carried === null && CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled');
    const next = await within(timeLimit(books), () => run.run());
    const { stop } = books;
    return { stop, next, isUndone: stop?.kind === 'failed' && isCompensated };
  } catch (error) {
    const stop = toStop(error);
    return { stop, next: null, isUndone: stop?.kind !== 'failed' || isCompensated };
  }
}

// What it was stopped for stands. A cancel was asked of the execution before this one, so that Temporal lists a run that ends here as failed.
function takeUpUndoing(books: RunBooks, { stop, done }: NonNullable<CarriedRun['undoing']>): PlanEnd {
  books.compensations.push(...done);
  Object.assign(books.hold, { isCompensating: true, isCancelled: stop?.kind === 'cancelled' });
  return { stop, isUndone: true, next: null };
}

function takeControl(run: PlanRun, updates: UpdateTable, takenUp: Promise<void> | null): void {
  const { books } = run;
  handleControl(run.crew, mayBeginIn(run), updates);
  handlePlanControl(run, updates);
  updates.open(takenUp);
  answerQueries(books, () => run.phases.current);
  books.display.soon();
}

// The story tells of the cancel before it tells of the tasks that it ended; from then on the journal lets nothing begin.
function tellCancel(books: RunBooks): void {
  CancellationScope.current().cancelRequested.catch(() => {
    if (books.isClosing) return;
    books.hold.isCancelled = true;
    books.emit({ key: 'cancelled', type: 'run:cancelled', reason: 'cancelled' });
    books.flush().catch(() => undefined);
  });
}

// Never Temporal's own run timeout: it would end the run without undoing anything.
function timeLimit({ outline, waited, startedAt }: RunBooks): TimeLimit {
  return {
    what: 'the run',
    limitMs: () => outline.limits.timeoutMs,
    waitedMs: () => waited.waitedMs,
    startedAt,
  };
}

// Only an execution before this one can have carried anything; whoever starts a run cannot.
function openCrew(carried: CarriedRun | null, start: OrchestrateInput): Promise<Crew> {
  if (carried === null) return Crew.open(start);
  if (workflowInfo().continuedFromExecutionRunId === undefined) return Crew.open({ ...start, carried });
  return Crew.resume(carried);
}

// Somebody cancelled in its last moment, or while it was being undone: the run ends as they said, and says what was before.
function withLateCancel(stop: RunStop): RunStop {
  if (stop?.kind === 'cancelled' || !CancellationScope.current().consideredCancelled) return stop;
  return { kind: 'cancelled', reason: stop ? `cancelled after it had ${stop.kind}: ${stop.reason}` : 'cancelled' };
}

function toStop(error: unknown): RunStop {
  if (isCancellation(error)) return { kind: 'cancelled', reason: 'cancelled' };
  const { type, message } = describeFailure(error);
  return { kind: type === failureTypes.taskTimeout ? 'stopped' : 'failed', reason: message };
}

declareVersioning('AUTO_UPGRADE', orchestrate);
