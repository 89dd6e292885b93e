import type { BeginTask, BegunTask } from '../../contracts/progress.ts';
import { outlineOptions } from '../../domain/plan/outline.ts';
import { aboutPrompt } from '../../domain/run/about-task.ts';
import type { WorkItem } from '../books/work-item.ts';
import { approveBefore } from '../people/approvals.ts';
import type { PlanState } from './carry.ts';

/** Whether a task may begin that somebody is asked about before, and what it is about then: who is asked may have changed its prompt. */
export async function askBefore(
  run: Pick<PlanState, 'crew' | 'tasks'> & { toBegin: (id: string, changed: { prompt: string }) => BeginTask },
  task: WorkItem,
  { detail, about }: Extract<BegunTask, { verdict: 'start' }>,
): Promise<{ may: boolean; about: string | undefined }> {
  const { books, waits } = run.crew;
  const { approval } = outlineOptions(run.tasks.of(task.id));
  const { may, prompt } = await approveBefore({ books, waits }, task, approval!, detail);
  if (!may || prompt === null) return { may, about };
  await books.flush({ begin: [run.toBegin(task.id, { prompt })] });
  return { may, about: aboutPrompt(prompt) };
}
