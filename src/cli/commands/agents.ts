import type { FoundAgent } from '../../agents/agent-index.ts';
import type { KnownAgent } from '../../agents/registry.ts';
import { agentEntries } from '../../client/reading/catalog.ts';
import { agentFolders } from '../../client/start/agent-folders.ts';
import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import type { AgentStats } from '../../domain/evaluation/agent-stats.ts';
import { UsageError } from '../../domain/errors.ts';
import { modelNameOf } from '../../domain/money/model-table.ts';
import type { ToolRule } from '../../domain/plan/plan.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { reading } from '../base/with-session.ts';
import { agentStatsLines } from '../evaluation/agent-stats-lines.ts';
import { table, type Column } from '../show/table.ts';

interface AgentsOptions {
  agents?: string[];
  category?: string;
  tag?: string[];
  json?: boolean;
  /** What it did so far. */
  stats?: boolean;
}

/** An agent, as it stands in a list. */
type Row = Omit<FoundAgent<KnownAgent>, 'score'> & { score?: number };

const mostFound = 10;

const columns: readonly Column[] = [
  { title: 'Agent' },
  { title: 'Category', drop: 3 },
  { title: 'Model', drop: 2 },
  { title: 'Tools', flexible: 10, drop: 1 },
  { title: 'Description', flexible: 12, drop: 4 },
];

/** `gaffer agents [NAME]`: the agents that a workflow in this folder can use, or one of them whole. */
export async function execute(context: CommandContext, [name]: string[], options: AgentsOptions): Promise<number> {
  return name === undefined ? list.execute(context, [], options) : show.execute(context, [name], options);
}

/** `gaffer agents list`: the user's own first, then those that come with Gaffer. */
export const list = {
  async execute(context: CommandContext, _: string[], options: AgentsOptions): Promise<number> {
    const found = (await everyAgent(context, options)).map((each) => ({ found: each }));
    return print(context, found.filter(isAsked(options)), options);
  },
};

/** `gaffer agents find NEED`: those that meet a need best. */
export const find = {
  async execute(context: CommandContext, words: string[], options: AgentsOptions): Promise<number> {
    const { createAgentIndex } = await import('../../agents/agent-index.ts');
    const ranked = createAgentIndex(await everyAgent(context, options)).find(words.join(' '), Infinity);
    return print(context, ranked.filter(isAsked(options)).slice(0, mostFound), options);
  },
};

/** `gaffer agents show NAME`: one agent whole, and where it comes from. */
export const show = {
  async execute(context: CommandContext, [name = '']: string[], options: AgentsOptions): Promise<number> {
    const { terminal } = context;
    const { openAgents } = await import('../../agents/open-agents.ts');
    const dirs = await foldersFor(context, options);
    const registry = openAgents(dirs);
    const known = registry.find(name);
    if (!known) {
      await warn(context, registry.diagnostics);
      const { nearest } = await import('../../domain/nearest.ts');
      const near = nearest(name, registry.agents.keys());
      // A file that cannot be read keeps its name.
      if (near === name) throw new UsageError(`the file of the agent "${name}" cannot be used; mend it as said above.`);
      const hint = near === null ? 'list them' : `did you mean "${near}"? List them`;
      throw new UsageError(
        `there is no agent "${name}"; ${hint} with \`gaffer agents\`, or \`gaffer agents find "what is needed"\`.`,
      );
    }
    await warn(context, [...(registry.byAgent?.get(name) ?? [])]);
    const { agent, ...rest } = known;
    const stats = options.stats ? await statsOf(context, agent.name) : null;
    if (options.json) terminal.out(toJson({ ...agent, ...rest, ...(stats && { stats }) }));
    else terminal.out(agentText(known, stats));
    return exitCodes.succeeded;
  },
};

async function statsOf(context: CommandContext, name: string): Promise<AgentStats> {
  let found: AgentStats | null = null;
  const nothing = { agent: name, runs: 0, tasks: 0, succeeded: 0, successRate: 0, attempts: 0, meanDurationMs: 0 };
  await reading(
    context,
    async ({ store }) => {
      found = await store.runs.agentStats(name);
    },
    () => undefined,
  );
  const none = { count: 0, mean: null, least: null };
  return found ?? { ...nothing, costUsd: 0, meanCostUsd: 0, tokens: 0, scores: none };
}

async function foldersFor({ cwd }: CommandContext, options: AgentsOptions): Promise<string[]> {
  return agentFolders({ cwd, given: options.agents, option: '--agents' });
}

async function everyAgent(context: CommandContext, options: AgentsOptions): Promise<KnownAgent[]> {
  const { listAgents } = await import('../../agents/open-agents.ts');
  const { agents, diagnostics } = listAgents(await foldersFor(context, options));
  await warn(context, diagnostics);
  return agents;
}

/** Whether an agent is of the category and has all of the tags that are asked for. */
function isAsked({ category, tag: tags = [] }: AgentsOptions): (row: Row) => boolean {
  const isSame = (one: string | null, other: string): boolean => one?.toLowerCase() === other.toLowerCase();
  return ({ found }) =>
    (category === undefined || isSame(found.category, category)) &&
    tags.every((wanted) => found.tags.some((tag) => isSame(tag, wanted)));
}

async function warn({ terminal }: CommandContext, diagnostics: readonly Diagnostic[]): Promise<void> {
  const { formatDiagnostic } = await import('../../definition/source/diagnostic.ts');
  for (const problem of diagnostics) terminal.err(`${terminal.colors.yellow(safeText(formatDiagnostic(problem)))}\n`);
}

async function print({ terminal }: CommandContext, rows: readonly Row[], { json }: AgentsOptions): Promise<number> {
  if (json) {
    const toEntry = await agentEntries();
    terminal.out(
      toJson(rows.map(({ found, score }) => ({ ...toEntry(found), ...(score !== undefined && { score }) }))),
    );
  } else if (rows.length === 0) terminal.err('No agent is like that. `gaffer agents` lists all of them.\n');
  else {
    const cells = rows.map(({ found: { agent, category } }) => [
      ...[agent.name, category ?? '', modelNameOf(agent), agent.tools.join(', '), agent.description],
    ]);
    const lines = table(columns, cells, { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim });
    terminal.out(`${lines.join('\n')}\n`);
  }
  return exitCodes.succeeded;
}

function agentText({ agent, file, category, tags, unused }: KnownAgent, stats: AgentStats | null): string {
  const kinds = [category === null ? [] : [`category ${category}`], tags.length > 0 ? [`tags ${tags.join(', ')}`] : []];
  const other = Object.keys(unused);
  return [
    `${safeLine(agent.name)}: ${safeLine(agent.description)}`,
    `model ${safeLine(modelNameOf(agent))} · tools ${agent.tools.join(', ') || 'none'}`,
    ...(agent.rules ?? []).map(ruleText),
    `at most ${agent.maxTurns} turns a task, ${agent.maxTokens} tokens an answer`,
    ...(kinds.flat().length > 0 ? [safeLine(kinds.flat().join(' · '))] : []),
    `from ${safeLine(file)}`,
    ...(stats ? agentStatsLines(stats) : []),
    ...(other.length > 0 ? [`keys that are not used here: ${safeLine(other.join(', '))}`] : []),
    '',
    safeText(agent.system).trimEnd(),
    '',
  ].join('\n');
}

function ruleText({ tool, match, unless, action }: ToolRule): string {
  const verb = { allow: 'may', ask: 'asks people before', deny: 'may not' }[action];
  const but = unless ? `, but ${action === 'ask' ? 'for' : 'may'} ${unless.join(', ')}` : '';
  return safeLine(`${tool}: ${verb} ${match ?? 'anything'}${but}`);
}
