import { toAttemptId } from '../../domain/ids/journal-key.ts';
import { toRequestId } from '../../domain/ids/request-id.ts';
import { toDetail as shorten } from '../../domain/run/wait-detail.ts';
import type { TaskApproval } from '../../domain/plan/plan.ts';
import type { WorkItem, TaskState } from '../books/work-item.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { Waits } from './waits.ts';

/** Who asks: the run's books, and its waits. */
interface Asking {
  books: RunBooks;
  waits: Waits;
}

/**
 * Asks people before a task starts.
 *
 * @returns whether it may, and with which prompt instead of its own (null: its own); if not, the task has come to its end
 */
export async function approveBefore(
  { books, waits }: Asking,
  task: WorkItem,
  approval: TaskApproval,
  detail: string,
): Promise<{ may: boolean; prompt: string | null }> {
  const state = books.note(task, 'waiting');
  const answer = await waits.for({
    ...{
      id: toRequestId({ kind: 'before', taskId: task.id }),
      taskId: task.id,
      cause: 'approval',
      what: `start of task ${task.id}`,
      detail,
      approval,
    },
  });
  if (answer.outcome === 'approved') {
    return { may: true, prompt: typeof answer.edit === 'string' ? answer.edit : null };
  }
  state.status = 'skipped';
  state.error = `not approved by ${answer.by}${answer.text ? `: ${answer.text}` : ''}`;
  books.emit({ key: `skipped/${task.id}/approval`, type: 'task:skipped', taskId: task.id, reason: state.error });
  books.keep(state);
  return { may: false, prompt: null };
}

/** Asks people whether what a task brought is good; if not, it has failed. */
export async function approveAfter(
  { books, waits }: Asking,
  task: WorkItem,
  approval: TaskApproval,
  state: TaskState,
): Promise<void> {
  if (approval.when !== null) {
    const { asks } = await books.flush({ asks: [task.id] });
    if (!asks[0]) return;
  }
  const answer = await waits.for({
    ...{
      id: toRequestId({ kind: 'after', taskId: task.id, attempt: state.attempts }),
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
  books.emit({ key: `error/${toAttemptId(task.id, state.attempts)}/approval`, type: 'task:error', ...told });
  books.keep(state);
}

// What a task wants to add is part of what is asked about.
function toDetail({ progress }: TaskState): string {
  const added = (progress?.added ?? []).map(({ id, agent, dependsOn }) => {
    const after = dependsOn.map((edge) => edge.task).join(', ');
    return `${id} (${agent})${after ? `, after ${after}` : ''}`;
  });
  const list = added.length > 0 ? `\nTasks that it adds:\n${added.join('\n')}` : '';
  return shorten(`${progress?.preview ?? ''}${list}`);
}
