import type { AddedTasksRequest, AddedTasksResult } from '../activities/base/dependencies.ts';
import { DefinitionError } from '../definition/source/diagnostic.ts';
import { loadAddedTasks } from '../definition/load-added-tasks.ts';
import type { ToolTraits } from '../domain/tool-names.ts';
import { outputSchemaProblem } from '../models/check-output.ts';

/** Turns tasks that are added to a run while it lives into tasks of its plan, or says everything that is wrong with them. */
export function toAddedTasks(
  { value, existingIds, ...context }: AddedTasksRequest,
  tools?: readonly ToolTraits[],
): AddedTasksResult {
  try {
    const { tasks } = loadAddedTasks(value, {
      ...context,
      existingIds: [...existingIds],
      checkSchema: outputSchemaProblem,
      ...(tools && { tools }),
      looksForFolders: true,
    });
    return { tasks, problems: null };
  } catch (error) {
    if (error instanceof DefinitionError) return { tasks: null, problems: error.message };
    throw error;
  }
}
