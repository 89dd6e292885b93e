import type { RecordProgressResult } from '../../contracts/progress.ts';
import type { SchedulerStep } from '../../domain/scheduling/scheduler.ts';
import type { PlanState } from './carry.ts';
import type { SliceDesk } from './slice-desk.ts';
import { slotsNow } from './slots-now.ts';

/** What a run does next. */
export type NextStep = Pick<SchedulerStep, 'start' | 'skip' | 'loops'>;

/** What is to be done now, but for what a slice may do by itself; nothing while the run is stopped or held. */
export function nextStep(run: PlanState & { slices: SliceDesk | null }): NextStep {
  const { scheduler, slices } = run;
  const { books } = run.crew;
  scheduler.maxParallel = slotsNow(run) - (slices?.lentSlots ?? 0);
  if (books.stop !== null || !books.hold.mayStart) return { start: [], skip: [], loops: [] };
  const step = scheduler.next();
  return slices ? { ...step, start: step.start.filter(({ id }) => !slices.owns(id)) } : step;
}

/** What the store said of the loops of a step. */
export function hearLoops(
  { crew: { books }, scheduler }: Pick<PlanState, 'crew' | 'scheduler'>,
  { loops: checks }: NextStep,
  answers: RecordProgressResult['loops'],
): void {
  checks.forEach((check, index) => {
    const { isOver, error } = answers[index]!;
    scheduler.loopEnded(check.loop, isOver);
    if (error) books.stopRun('failed', `the loop's condition: ${error}`);
  });
}
