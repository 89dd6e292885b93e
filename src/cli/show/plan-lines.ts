import type { AgentRunner } from '../../domain/coding/agent-runner.ts';
import { modelNameOf } from '../../domain/money/model-table.ts';
import type { Agent, Plan, PlanTask } from '../../domain/plan/plan.ts';
import { factsOf, uncountable } from '../../domain/run/model-of-agent.ts';
import { formatLimit, formatUsdLimit, plural } from '../../domain/format.ts';
import { serverLines } from '../../domain/mcp/server-lines.ts';
import { serversIn } from '../../domain/mcp/read-servers.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { builtInTools, toWireName } from '../../domain/tool-names.ts';
import { table, type Cell, type Column } from './table.ts';
import type { Colors } from '../base/terminal.ts';

const columns: readonly Column[] = [
  { title: 'Task', flexible: 12, isId: true },
  { title: 'Agent' },
  { title: 'Context', drop: 3 },
  { title: 'Waits for', flexible: 16, drop: 1 },
  { title: 'Runs', flexible: 16, drop: 2 },
  { title: 'Attempts', align: 'right', drop: 5 },
  { title: 'Timeout', align: 'right', drop: 4 },
];
const placed: Column = { title: 'Works in', flexible: 12 };

/** A plan for people: its limits, its agents, and its tasks phase by phase. */
export function planLines(plan: Plan, { columns: room, colors }: { columns: number; colors: Colors }): string[] {
  const contexts = new Set(plan.tasks.map((task) => task.context));
  const agents = new Set(plan.tasks.map((task) => task.agent));
  const counts = [
    ...(plan.phases.length > 0 ? [plural(plan.phases.length, 'phase')] : []),
    plural(plan.tasks.length, 'task'),
    plural(agents.size, 'agent'),
    plural(contexts.size, 'context'),
  ];
  const lines = [colors.bold(safeLine(plan.name)) + (plan.description ? `: ${safeLine(plan.description)}` : '')];
  lines.push(
    counts.join(' · '),
    `At most ${limitsText(plan)}`,
    `Works in ${safeLine(plan.workspace)}`,
    ...guideLines(plan),
    ...mcpLines(plan),
  );
  if (plan.outputs) lines.push(`Outputs: ${Object.keys(plan.outputs).join(', ')}`);
  lines.push('', ...agentTable(plan, Object.values(plan.agents), { columns: room, colors }));
  const hasPlaces = plan.tasks.some(({ workspace }) => workspace);
  const shown = hasPlaces ? [...columns, placed] : columns;
  const groups = [
    ...plan.phases.map((phase, index) => ({ title: `${phase.name} (${phase.executionMode})`, index })),
    { title: plan.phases.length > 0 ? 'Outside of phases' : 'Tasks', index: null },
  ];
  for (const { title, index } of groups) {
    const tasks = plan.tasks.filter((task) => task.phase === index);
    if (tasks.length === 0) continue;
    const rows = tasks.map((task) => (hasPlaces ? [...taskRow(task), task.workspace?.path ?? '–'] : taskRow(task)));
    lines.push('', colors.bold(safeLine(title)), ...table(shown, rows, { columns: room, paintTitle: colors.dim }));
  }
  return lines;
}

const agentColumns: readonly Column[] = [
  { title: 'Agent', flexible: 10, isId: true },
  { title: 'Model', flexible: 12 },
  { title: 'Tools', flexible: 8, drop: 1 },
];
const doneBy: Column = { title: 'Done by', flexible: 8 };
const reaches: Column = { title: 'May reach', flexible: 8, drop: 2 };

/** Those who work in a plan, with their models and tools, and the programs of others that do it, with what these may reach besides the gateway. */
export function agentTable(
  plan: Plan,
  agents: readonly Agent[],
  { columns: room, colors }: { columns: number; colors: Colors },
): string[] {
  const hasRunners = agents.some(({ runner }) => runner);
  const hasHosts = agents.some(({ runner }) => runner?.hosts);
  const [name, model, tools] = agentColumns as [Column, Column, Column];
  const shown = [name, ...(hasRunners ? [doneBy] : []), model, tools, ...(hasHosts ? [reaches] : [])];
  const rows = agents.map((agent): Cell[] => [
    agent.name,
    ...(hasRunners ? [runnerText(agent.runner)] : []),
    modelNameOf(agent) + (factsOf(plan, agent)?.price ? '' : ' (no price)'),
    toolsText(plan, agent),
    ...(hasHosts ? [agent.runner?.hosts?.join(', ') ?? '–'] : []),
  ]);
  return table(shown, rows, { columns: room, paintTitle: colors.dim });
}

function runnerText(runner: AgentRunner | undefined): string {
  if (!runner) return 'Gaffer';
  const { kind, command = [] } = runner;
  if (kind === 'command') return command.join(' ');
  return kind === 'acp' ? `acp:${command.join(' ')}` : kind;
}

// What a program brings along is not for the plan to say; codex has a shell always.
function toolsText(plan: Plan, { tools, runner }: Agent): string {
  if (runner?.kind === 'command' || runner?.kind === 'acp') return 'its own';
  const shell = builtInTools.bash.name;
  const all = runner?.kind === 'codex' ? [...new Set([...tools, shell])] : tools;
  return all.map((name) => shownTool(plan, name)).join(', ');
}

/** What a run of this plan may use at most, in one line: `$5, 2 h, 10 tasks at once`. */
export function limitsText(plan: Plan): string {
  const { limits } = plan;
  const without = uncountable(plan);
  const besides = without.length > 0 ? ` besides ${safeLine(without.join(', '))}, of which no price is known` : '';
  return [
    formatUsdLimit(limits.usd) + besides,
    ...(limits.tokens === null ? [] : [`${limits.tokens} tokens`]),
    formatLimit(limits.timeoutMs),
    `${plural(limits.maxParallel, 'task')} at once`,
  ].join(', ');
}

function taskRow(task: PlanTask): Cell[] {
  const waits = task.dependsOn.map((dependency) => dependency.task);
  return [
    task.id,
    task.overrides?.model === undefined ? task.agent : `${task.agent} (${task.overrides.model})`,
    task.context,
    waits.join(', ') || (task.afterPhase === null ? '–' : 'the phase before'),
    runsText(task),
    String(task.retry.maxAttempts),
    task.timeoutMs === null ? '–' : formatLimit(task.timeoutMs),
  ];
}

/** When and how often a task runs, in a few words: `if …`, `for each item, 2 at once`, `until …, at most 3 times`. */
function runsText({ when, forEach, repeat }: PlanTask): string {
  const parts = [
    when === null ? '' : `if ${when}`,
    forEach === null ? '' : `for each item${forEach.size === null ? '' : `, ${forEach.size} at once`}`,
    repeat === null ? '' : `up to ${repeat.max} times`,
  ];
  return parts.filter(Boolean).join('; ') || 'once';
}

/** One line that says what a live run may cost. */
export function budgetLine(plan: Plan): string {
  const names = plan.tasks.map(({ agent }) =>
    Object.hasOwn(plan.agents, agent) ? modelNameOf(plan.agents[agent]!) : '',
  );
  const models = [...new Set(names)];
  return `Budget: at most ${limitsText(plan)}. Models: ${models.join(', ')}`;
}

/** Servers that some tools come from, and what they may. */
function mcpLines({ mcp }: Plan): string[] {
  const servers = (mcp?.sources ?? []).flatMap((source) => [...serversIn(source).values()]);
  if (servers.length === 0) return [];
  const from = [...new Set(mcp!.sources.map(({ file }) => file))].join(', ');
  const tools = mcp!.tools
    ? `${mcp!.tools.length} of their tools, as they are frozen`
    : 'what they offer is asked when it starts';
  const lines = servers.flatMap(serverLines).map((line) => `  ${/^ */.exec(line)![0]}${safeLine(line)}`);
  const leftOut = (mcp!.leftOut ?? []).map((line) => `  ! ${safeLine(line)}`);
  return [safeLine(`Servers of tools from ${from} (${tools}):`), ...lines, ...leftOut];
}

// A tool of a server is written as agents write it.
function shownTool({ mcp }: Plan, name: string): string {
  const isOfServer = (mcp?.sources ?? []).some((source) => serversIn(source).has(name.split('.')[0]!));
  return isOfServer ? toWireName(name) : name;
}

/** What agents are told of the folders that they work in. */
function guideLines({ guides = {} }: Plan): string[] {
  const all = Object.values(guides).flat();
  const skills = all.filter(({ file }) => file.endsWith('/SKILL.md')).length;
  const others = new Set(all.filter(({ file }) => !file.endsWith('/SKILL.md')).map(({ file }) => file));
  const words = [...others, ...(skills > 0 ? [`${skills} ${skills === 1 ? 'skill' : 'skills'}`] : [])];
  return words.length > 0 ? [`Agents are told of ${words.join(', ')} there`] : [];
}
