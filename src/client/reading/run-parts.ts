import type { Issue } from '../../store/issues/issues.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { PastRuns, Spending } from '../../store/run/run-money.ts';
import type { TaskRow, UndoEntry } from '../../store/task/task-rows.ts';
import type { Session } from '../connection/session.ts';
import { findRun } from '../follow/find-run.ts';
import { listIssues } from '../issues.ts';

/** Executions of a run's tasks, in the order in which they began. @throws RunNotFoundError */
export async function tasksOfRun(session: Session, runId: string): Promise<TaskRow[]> {
  const { runKey } = await findRun(session, runId);
  return session.store.runs.tasks(runKey);
}

/** The plan that a run goes by. @throws RunNotFoundError */
export async function planOfRun(session: Session, runId: string): Promise<Plan> {
  const { planHash } = await findRun(session, runId);
  return session.store.runs.plan(planHash);
}

/** Issues of the board that a run works from. @throws RunNotFoundError */
export async function issuesOfRun(session: Session, runId: string): Promise<Issue[]> {
  const { board } = await findRun(session, runId);
  return listIssues(session, { board });
}

/** What is spent and held back of a run, and of its parts that have limits. @throws RunNotFoundError */
export async function spendingOfRun(session: Session, runId: string): Promise<Spending[]> {
  const { runKey } = await findRun(session, runId);
  return session.store.runs.spending(runKey);
}

/** What the runs of the same workflow before a run took. @throws RunNotFoundError */
export async function expectedOfRun(session: Session, runId: string): Promise<PastRuns> {
  const { runKey } = await findRun(session, runId);
  return session.store.runs.pastRuns(runKey);
}

/** What a rollback of a run would undo, in that order. @throws RunNotFoundError */
export async function undoOfRun(session: Session, runId: string): Promise<UndoEntry[]> {
  const { runKey } = await findRun(session, runId);
  return session.store.runs.undoList(runKey);
}
