import { delegatesOf } from '../../domain/plan/delegates.ts';
import type { Agent, PlanTask } from '../../domain/plan/plan.ts';
import { builtInTools, type ToolName } from '../../domain/tool-names.ts';
import type { ToolDefinition } from '../../models/model.ts';
import type { Tool } from '../../tools/tool.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { toolsOf } from '../base/run-tools.ts';

/*
 * The list stays the same for as long as a conversation lives: it stands before the messages, so a change would throw the whole cached prompt away.
 * It depends on the plan alone, but for tasks that were added later.
 */
/** Names of an agent's tools in a task: its own, and those that the plan gives it there. */
export function toolNamesOf(run: FrozenRun, agent: Agent, task: PlanTask | undefined): ToolName[] {
  // A judge sees what it judges, and nobody waits for whom it would ask.
  if (run.plan.evaluates) return agent.tools;
  const splits = task?.decompose || run.plan.tasks.some((each) => each.decompose && each.agent === agent.name);
  const reads = isBriefed(task) || run.plan.tasks.some((each) => each.agent === agent.name && isBriefed(each));
  const { reportBlocker, planTasks, readOutput } = builtInTools;
  const given = [reportBlocker.name, ...(splits ? [planTasks.name] : []), ...(reads ? [readOutput.name] : [])];
  return [...new Set<ToolName>([...agent.tools, ...given])];
}

// Whoever gets results in short can open them.
function isBriefed(task: PlanTask | undefined): boolean {
  return task !== undefined && (task.strategy === 'shared' || task.dependsOn.some(({ pass }) => pass === 'summary'));
}

const kept = new WeakMap<FrozenRun, Map<string, ToolDefinition[]>>();

/** What the model is told of an agent's tools: its own, `report_blocker`, `plan_tasks` where work is to be split, and `read_output` where results come in short. */
export function toolDefinitions(
  dependencies: Pick<ActivityDependencies, 'tools' | 'servers'>,
  run: FrozenRun,
  agent: Agent,
  task: PlanTask | undefined,
): ToolDefinition[] {
  let known = kept.get(run);
  if (!known) kept.set(run, (known = new Map()));
  const strategy = task?.strategy ?? 'isolated';
  const key = `${agent.name}\n${task?.decompose ?? false}\n${isBriefed(task)}\n${strategy}`;
  const found = known.get(key);
  if (found) return found;
  const agents = Object.values(delegatesOf(run.plan));
  const tools = toolsOf(dependencies, run);
  const made = toolNamesOf(run, agent, task).flatMap((name) => {
    const tool = tools.get(name);
    return tool ? [tool.definitionFor?.({ agents, strategy }) ?? tool.definition] : [];
  });
  known.set(key, made);
  return made;
}

/** The tool that an agent means by a name; undefined: it has none of that name. */
export function findTool(
  dependencies: Pick<ActivityDependencies, 'tools' | 'servers'>,
  run: FrozenRun,
  agentName: string,
  { name, task }: { name: string; task: PlanTask | undefined },
): Tool | undefined {
  const agent = run.plan.agents[agentName];
  return agent && toolNamesOf(run, agent, task).includes(name) ? toolsOf(dependencies, run).get(name) : undefined;
}
