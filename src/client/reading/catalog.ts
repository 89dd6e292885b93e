import type { TemplateDetails } from '../../definition/templates/describe-template.ts';
import type { TemplateEntry } from '../../definition/templates/find-template.ts';
import type { AgentStats } from '../../domain/evaluation/agent-stats.ts';
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
  score?: number;
}

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
  const [{ listAgents }, { createAgentIndex }] = await Promise.all([
    import('../../agents/open-agents.ts'),
    import('../../agents/agent-index.ts'),
  ]);
  const { agents } = listAgents(await agentFolders({ cwd }));
  if (need === undefined) return agents.filter(isLike(filter)).map((known) => toEntry(known));
  const ranked = createAgentIndex(agents).find(need, Infinity);
  const fitting = ranked.filter(({ found }) => isLike(filter)(found)).slice(0, mostFound);
  return fitting.map(({ found, score }) => ({ ...toEntry(found), score }));
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
  const [{ listTemplates }, { templateFolders }] = await Promise.all([
    import('../../definition/templates/find-template.ts'),
    import('../start/named-template.ts'),
  ]);
  const { templates } = listTemplates(await templateFolders(cwd));
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

function toEntry({ agent, category, tags }: FoundAgent): AgentEntry {
  const { name, description } = agent;
  return { name, category, tags: [...tags], model: modelNameOf(agent), description };
}
