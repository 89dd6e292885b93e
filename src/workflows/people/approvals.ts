import type { TaskApproval } from '../../domain/plan/plan.ts';
import type { CrewTask, TaskState } from '../books/work-item.ts';
import type { PlanRun } from '../run/plan-run.ts';

/** Asks people before a task starts. @returns whether it may; if not, the task has come to its end */
export async function approveBefore(
  run: PlanRun,
  task: CrewTask,
  approval: TaskApproval,
  detail: string,
): Promise<boolean> {
  const { crew } = run;
  const state = crew.note(task, 'waiting');
  const answer = await crew.wait({
    ...{
      id: `before/${task.id}`,
      taskId: task.id,
      cause: 'approval',
      what: `start of task ${task.id}`,
      detail,
      approval,
    },
  });
  if (answer.outcome === 'approved') {
    const prompt = typeof answer.edit === 'string' ? answer.edit : null;
    if (prompt !== null) await crew.flush({ begin: [run.toBegin(task.id, { prompt })] });
    return true;
  }
  state.status = 'skipped';
  state.error = `not approved by ${answer.by}${answer.text ? `: ${answer.text}` : ''}`;
  crew.emit({ key: `skipped/${task.id}/approval`, type: 'task:skipped', taskId: task.id, reason: state.error });
  crew.keep(state);
  return false;
}

/** Asks people whether what a task brought is good; if not, it has failed. */
export async function approveAfter(
  run: PlanRun,
  task: CrewTask,
  approval: TaskApproval,
  state: TaskState,
): Promise<void> {
  const { crew } = run;
  if (approval.when !== null) {
    const { asks } = await crew.flush({ asks: [task.id] });
    if (!asks[0]) return;
  }
  const answer = await crew.wait({
    ...{
      id: `after/${task.id}~${state.attempts}`,
      taskId: task.id,
      cause: 'approval',
      what: `result of task ${task.id}`,
    },
    ...{ detail: toDetail(state), approval },
  });
  if (answer.outcome === 'approved') {
    state.status = 'succeeded';
    return;
  }
  const error = `its result was not approved by ${answer.by}${answer.text ? `: ${answer.text}` : ''}`;
  Object.assign(state, { status: 'failed', error });
  const told = { taskId: task.id, error, attempt: state.attempts, willRetry: false };
  crew.emit({ key: `error/${task.id}~${state.attempts}/approval`, type: 'task:error', ...told });
  crew.keep(state);
}

// What a task wants to add is part of what is asked about.
function toDetail({ progress }: TaskState): string {
  const added = (progress?.added ?? []).map(({ id, agent, dependsOn }) => {
    const after = dependsOn.map((edge) => edge.task).join(', ');
    return `${id} (${agent})${after ? `, after ${after}` : ''}`;
  });
  const list = added.length > 0 ? `\nTasks that it adds:\n${added.join('\n')}` : '';
  return `${progress?.preview ?? ''}${list}`.slice(0, 2000);
}
