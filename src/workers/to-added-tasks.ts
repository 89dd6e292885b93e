import type { AddedTasksRequest, AddedTasksResult } from '../activities/base/dependencies.ts';
import { DefinitionError } from '../definition/source/diagnostic.ts';
import { leavesAgentsOpen, withDelegates } from '../definition/choose-delegates.ts';
import { loadAddedTasks } from '../definition/load-added-tasks.ts';
import { builtInList, type ToolTraits } from '../domain/tool-names.ts';
import type { Replay } from './cassette/replay.ts';
import { outputSchemaProblem } from '../models/check-output.ts';

/** Turns tasks that are added to a run while it lives into tasks of its plan, or says everything that is wrong with them. */
export async function toAddedTasks(
  { value: written, existingIds, choosing, ...context }: AddedTasksRequest,
  tools: readonly ToolTraits[] = builtInList,
  replay?: Pick<Replay, 'delegateOf'>,
): Promise<AddedTasksResult> {
  const ofServers = (context.plan.mcp?.tools ?? []).map(({ name }) => ({ name, changesFiles: true }));
  const by = choosing && leavesAgentsOpen(written, context.plan) ? await choosing() : null;
  const recorded = replay && { recorded: (task: string) => replay.delegateOf(context.plan.name, task) };
  const { value, choices } = by
    ? withDelegates(written, context.plan, { ...by, ...recorded })
    : { value: written, choices: {} };
  try {
    const { tasks } = loadAddedTasks(value, {
      ...context,
      existingIds: [...existingIds],
      checkSchema: outputSchemaProblem,
      tools: [...tools, ...ofServers],
      looksForFolders: true,
    });
    return { tasks, choices, problems: null };
  } catch (error) {
    if (error instanceof DefinitionError) return { tasks: null, problems: error.message };
    throw error;
  }
}
