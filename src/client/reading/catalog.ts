import type { TemplateDetails } from '../../definition/templates/describe-template.ts';
import type { TemplateEntry } from '../../definition/templates/find-template.ts';
import type { AgentStats } from '../../domain/evaluation/agent-stats.ts';
import type { AgentRun, AgentUse } from '../../domain/evaluation/agent-use.ts';
import { addUsd } from '../../domain/money/money.ts';
import { modelNameOf } from '../../domain/money/model-table.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import type { Session } from '../connection/session.ts';
import { agentFolders } from '../start/agent-folders.ts';

/** What is looked for among agents or templates. */
export interface CatalogFilter {
  category?: string | undefined;
  /** One, or several separated by commas: with any of these. */
  tag?: string | undefined;
}

/** An agent in a list; `score`: how well it meets the need. */
export interface AgentEntry {
  name: string;
  category: string | null;
  tags: string[];
  model: string;
  description: string;
  tools: string[];
  /** Whose it is: Gaffer's, or of a folder of this project or user. */
  from: 'shipped' | 'own';
  score?: number;
}

/** What an agent did in the newest runs, whatever the model. Money in USD. */
export type AgentTotals = Pick<AgentUse, 'runs' | 'tasks' | 'succeeded' | 'costUsd'>;

/** An agent, with where it stands. */
interface FoundAgent {
  agent: Agent;
  file: string;
  category: string | null;
  tags: readonly string[];
}

const mostFound = 10;

/** Agents that a workflow can use where the session stands; with a `need` the ten that meet it best. */
export async function agentsFor(
  { cwd }: Pick<Session, 'cwd'>,
  { need, ...filter }: CatalogFilter & { need?: string },
): Promise<AgentEntry[]> {
  const [{ listAgents }, { createAgentIndex }, toEntry] = await Promise.all([
    import('../../agents/open-agents.ts'),
    import('../../agents/agent-index.ts'),
    agentEntries(),
  ]);
  const { agents } = listAgents(await agentFolders({ cwd }));
  if (need === undefined) return agents.filter(isLike(filter)).map((known) => toEntry(known));
  const ranked = createAgentIndex(agents).find(need, Infinity);
  const fitting = ranked.filter(({ found }) => isLike(filter)(found)).slice(0, mostFound);
  return fitting.map(({ found, score }) => ({ ...toEntry(found), score }));
}

/** What makes an agent's line in a list. */
export async function agentEntries(): Promise<(found: FoundAgent) => AgentEntry> {
  const { isShippedFile } = await import('../../agents/shipped-agents.ts');
  return ({ agent, file, category, tags }) => {
    const { name, description, tools } = agent;
    const from = isShippedFile(file) ? 'shipped' : 'own';
    return { name, category, tags: [...tags], model: modelNameOf(agent), description, tools: [...tools], from };
  };
}

/** What agents did in the newest runs, by their names. */
export async function agentTotals({ store }: Pick<Session, 'store'>): Promise<Map<string, AgentTotals>> {
  const totals = new Map<string, AgentTotals>();
  for (const { agent, runs, tasks, succeeded, costUsd } of await store.runs.agentUse()) {
    const before = totals.get(agent) ?? { runs: 0, tasks: 0, succeeded: 0, costUsd: 0 };
    totals.set(agent, {
      // One run may have it with several models: at least as many as with any of them.
      runs: Math.max(before.runs, runs),
      tasks: before.tasks + tasks,
      ...{ succeeded: before.succeeded + succeeded, costUsd: addUsd(before.costUsd, costUsd) },
    });
  }
  return totals;
}

/** What one agent did in the newest runs, by model, and which they are. */
export async function useOfAgent(
  { store }: Pick<Session, 'store'>,
  name: string,
): Promise<{ models: AgentUse[]; runs: AgentRun[] }> {
  const [models, runs] = await Promise.all([store.runs.agentUse(name), store.runs.agentRuns(name)]);
  return { models, runs };
}

/** One agent whole, with what it did so far if `isCounted`; null: there is none of that name. */
export async function agentNamed(
  { cwd, store }: Pick<Session, 'cwd' | 'store'>,
  name: string,
  isCounted: boolean,
): Promise<(Agent & Omit<FoundAgent, 'agent'> & { stats?: AgentStats }) | null> {
  const { openAgents } = await import('../../agents/open-agents.ts');
  const known = openAgents(await agentFolders({ cwd })).find(name);
  if (!known) return null;
  const { agent, ...rest } = known;
  return { ...agent, ...rest, ...(isCounted && { stats: await store.runs.agentStats(agent.name) }) };
}

/** What can be run by name where the session stands; what cannot be read is left out. */
export async function templatesLike({ cwd }: Pick<Session, 'cwd'>, filter: CatalogFilter): Promise<TemplateEntry[]> {
  const [{ templateHeads }, { templateFolders }] = await Promise.all([
    import('./template-heads.ts'),
    import('../start/named-template.ts'),
  ]);
  const templates = await templateHeads(await templateFolders(cwd));
  return templates.map(({ entry }) => entry).filter(isLike(filter));
}

/** One of them whole; null: there is none. @throws DefinitionError when it cannot be read */
export async function templateNamed({ cwd }: Pick<Session, 'cwd'>, id: string): Promise<TemplateDetails | null> {
  const [{ findTemplate }, { describeTemplate }, { templateFolders }] = await Promise.all([
    import('../../definition/templates/find-template.ts'),
    import('../../definition/templates/describe-template.ts'),
    import('../start/named-template.ts'),
  ]);
  const found = findTemplate(id, await templateFolders(cwd));
  return found && describeTemplate(found);
}

function isLike({
  category,
  tag,
}: CatalogFilter): (one: { category: string | null; tags: readonly string[] }) => boolean {
  const tags = (tag ?? '').split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
  const isSame = (one: string | null, other: string): boolean => one?.toLowerCase() === other.toLowerCase();
  return (one) =>
    (category === undefined || isSame(one.category, category)) &&
    (tags.length === 0 || one.tags.some((each) => tags.some((other) => isSame(each, other))));
}
