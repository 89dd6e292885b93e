import type { PlanDependency, PlanTask } from '../domain/plan.ts';
import { planDefaults } from '../domain/plan.ts';
import { toMilliseconds } from './duration.ts';
import type { WorkflowFile } from './schema.ts';

/**
 * The tasks of a checked file with their edges, in topological order: phase by phase, as written.
 *
 * `names` and `prompts` stand in the same order as the file's tasks.
 */
export function toPlanTasks(
  file: WorkflowFile,
  names: readonly { id: string; context: string }[],
  prompts: readonly string[],
): PlanTask[] {
  const tasks: PlanTask[] = [];
  for (const [phase, { execution_mode, tasks: written }] of file.phases.entries()) {
    const lastOfContext = new Map<string, string>();
    let previous: string | null = null;
    for (const task of written) {
      const { id, context } = names[tasks.length]!;
      // Other phases need no edge for the context: the whole phase waits for the one before.
      const dependsOn =
        execution_mode === 'parallel' ? edge(lastOfContext.get(context), 'context') : edge(previous, 'sequence');
      lastOfContext.set(context, id);
      previous = id;
      tasks.push({
        id,
        phase,
        context,
        agent: (task.profile ?? file.default_profile)!,
        prompt: prompts[tasks.length]!,
        dependsOn,
        afterPhase: phase === 0 ? null : phase - 1,
        retry: {
          maxAttempts: task.retry?.max_attempts ?? planDefaults.retry.maxAttempts,
          backoffMs: toMilliseconds(task.retry?.backoff ?? '') ?? planDefaults.retry.backoffMs,
        },
        timeoutMs: toMilliseconds(task.timeout ?? ''),
      });
    }
  }
  return tasks;
}

function edge(task: string | null | undefined, from: PlanDependency['from']): PlanDependency[] {
  return task ? [{ task, on: 'any_end', from }] : [];
}
