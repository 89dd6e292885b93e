import type { AddedTasksRequest, AddedTasksResult } from '../activities/base/dependencies.ts';
import { DefinitionError } from '../definition/source/diagnostic.ts';
import { loadAddedTasks } from '../definition/load-added-tasks.ts';
import { builtInList, type ToolTraits } from '../domain/tool-names.ts';
import { outputSchemaProblem } from '../models/check-output.ts';

/** Turns tasks that are added to a run while it lives into tasks of its plan, or says everything that is wrong with them. */
export function toAddedTasks(
  { value, existingIds, ...context }: AddedTasksRequest,
  tools: readonly ToolTraits[] = builtInList,
): AddedTasksResult {
  const ofServers = (context.plan.mcp?.tools ?? []).map(({ name }) => ({ name, changesFiles: true }));
  try {
    const { tasks } = loadAddedTasks(value, {
      ...context,
      existingIds: [...existingIds],
      checkSchema: outputSchemaProblem,
      tools: [...tools, ...ofServers],
      looksForFolders: true,
    });
    return { tasks, problems: null };
  } catch (error) {
    if (error instanceof DefinitionError) return { tasks: null, problems: error.message };
    throw error;
  }
}
