import type { ToolName } from '../../domain/tool-names.ts';
import type { Tool } from '../../tools/tool.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { FrozenRun } from './frozen-run.ts';

const kept = new WeakMap<FrozenRun, ReadonlyMap<ToolName, Tool>>();

/** The tools that there are in a run: those of this worker, and those of the servers that the run's plan names. */
export function toolsOf(
  { tools, servers }: Pick<ActivityDependencies, 'tools' | 'servers'>,
  run: FrozenRun,
): ReadonlyMap<ToolName, Tool> {
  const { mcp } = run.plan;
  if (!mcp) return tools;
  const known = kept.get(run);
  if (known) return known;
  const all = new Map([...servers.toolsOf(mcp).map((tool) => [tool.name, tool] as const), ...tools]);
  kept.set(run, all);
  return all;
}
