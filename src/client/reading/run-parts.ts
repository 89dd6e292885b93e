import type { Issue } from '../../store/issues/issues.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { TaskRow } from '../../store/task/task-rows.ts';
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
