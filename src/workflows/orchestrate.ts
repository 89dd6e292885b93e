import { CancellationScope, condition, isCancellation, setHandler } from '@temporalio/workflow';
import type { OutlineTask, RunOutline } from '../contracts/activities.ts';
import type { OrchestrateInput } from '../contracts/orchestrate-input.ts';
import { failureTypes } from '../domain/failure-types.ts';
import type { RunStop } from '../domain/run-end.ts';
import type { RunResult, TaskStatus } from '../domain/run-result.ts';
import { hasEnded, schedule } from '../domain/schedule.ts';
import type { CrewTask } from './crew.ts';
import { Crew } from './crew.ts';
import { describeFailure } from './failures.ts';
import { planQuery, resultsQuery, statusQuery } from './messages.ts';
import { PhaseClock } from './phase-clock.ts';
import { showRun } from './web-ui.ts';
import { within } from './within.ts';

/**
 * One execution of a plan: starts every task as soon as its dependencies allow it, and ends honestly.
 *
 * @throws ApplicationFailure `InvalidInput` or `RunFailed`; CancelledFailure when it was cancelled
 */
export async function orchestrate(input: OrchestrateInput): Promise<RunResult> {
  const crew = await Crew.open(input ?? {});
  const phases = new PhaseClock(crew);
  answerQueries(crew, phases);
  for (const task of crew.outline.tasks) crew.note(toCrewTask(crew.outline, task), 'pending');
  showRun(crew.outline, crew.tasks);
  // The story tells of the cancel before it tells of the tasks that it ended.
  CancellationScope.current().cancelRequested.catch(() => {
    crew.emit({ key: 'cancelled', type: 'run:cancelled', reason: 'cancelled' });
  });
  let stop: RunStop = null;
  try {
    await within(crew.outline.limits.timeoutMs, 'the run', () => runPlan(crew, phases));
    stop = crew.stop;
  } catch (error) {
    stop = toStop(error);
  }
  const reason = stop?.reason ?? 'the run ended before it could start';
  for (const task of crew.outline.tasks) {
    if (crew.tasks.get(task.id)!.status === 'pending') crew.skip(toCrewTask(crew.outline, task), reason);
  }
  return crew.close(stop);
}

async function runPlan(crew: Crew, phases: PhaseClock): Promise<void> {
  const running = new Set<Promise<void>>();
  try {
    await startWhatIsReady(crew, phases, running);
  } finally {
    // Also after a cancel or a deadline: children end first, so that the result says what became of each.
    await CancellationScope.nonCancellable(() => Promise.allSettled(running));
  }
}

async function startWhatIsReady(crew: Crew, phases: PhaseClock, running: Set<Promise<void>>): Promise<void> {
  const { outline } = crew;
  const byId = new Map(outline.tasks.map((task) => [task.id, task]));
  let failure: unknown;
  let changed = true;
  const start = (task: OutlineTask): void => {
    phases.start(task);
    const ending = crew
      .run(toCrewTask(outline, task))
      .then(
        () => undefined,
        (error: unknown) => void (failure ??= error),
      )
      .finally(() => {
        changed = true;
        running.delete(ending);
      });
    running.add(ending);
  };
  while (!failure) {
    const statuses = new Map<string, TaskStatus>([...crew.tasks].map(([id, task]) => [id, task.status]));
    phases.complete(statuses);
    const step = crew.stop ? { start: [], skip: [] } : schedule(outline, statuses);
    for (const { taskId, reason } of step.skip) crew.skip(toCrewTask(outline, byId.get(taskId)!), reason);
    if (step.skip.length > 0) continue;
    for (const id of step.start) start(byId.get(id)!);
    void crew.flush();
    if (running.size === 0) return;
    changed = false;
    await condition(() => changed);
  }
  throw failure;
}

function toStop(error: unknown): RunStop {
  if (isCancellation(error)) return { kind: 'cancelled', reason: 'cancelled' };
  const { type, message } = describeFailure(error);
  return { kind: type === failureTypes.taskTimeout ? 'stopped' : 'failed', reason: message };
}

function toCrewTask(outline: RunOutline, task: OutlineTask): CrewTask {
  const phase = task.phase === null ? null : outline.phases[task.phase]!.name;
  return { ...task, phase, prompt: null };
}

function answerQueries(crew: Crew, phases: PhaseClock): void {
  setHandler(
    statusQuery,
    () => {
      const tasks: Partial<Record<TaskStatus, number>> = {};
      for (const { status } of crew.tasks.values()) tasks[status] = (tasks[status] ?? 0) + 1;
      const isOver = [...crew.tasks.values()].every((task) => hasEnded(task.status));
      return { status: isOver ? 'ending' : 'running', phase: phases.current, tasks };
    },
    { description: 'Where the run is: phase, and how many tasks are in which state' },
  );
  setHandler(planQuery, () => crew.outline, { description: 'What the run does: phases, tasks, agents, limits' });
  setHandler(
    resultsQuery,
    () =>
      Object.fromEntries(
        [...crew.tasks].map(([id, { status, progress, error }]) => [
          id,
          { status, preview: progress?.preview ?? '', error },
        ]),
      ),
    { description: 'What became of each task so far' },
  );
}
