import { basename, extname } from 'node:path';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import type { Agent } from '../domain/plan/plan.ts';
import { builtInList, type ToolTraits } from '../domain/tool-names.ts';
import { agentFiles, folderProblem, type AgentFileEnding } from './agent-files.ts';
import type { AgentCard, LoadedAgent } from './agent-problem.ts';
import { collectProblems } from './agent-problem.ts';
import { loadMarkdownAgent, loadYamlAgent } from './load-agent-file.ts';
import { isTeamFile, loadTeamAgents } from './load-team-agents.ts';
import { loadMountPlan } from './load-mount-plan.ts';
import { oncePerFolder } from './once-per-folder.ts';
import { qualifiedName } from './qualified-name.ts';

/** Agents by each name that they can be called by; some are opened only then. */
interface AgentsByName {
  get(name: string): Agent | undefined;
  has(name: string): boolean;
  /** Short names, the user's own first. */
  keys(): Iterable<string>;
}

/** An agent with what is known of it besides what a run needs. */
export interface KnownAgent extends Pick<AgentCard, 'category' | 'tags'> {
  /** Under the name that it is reached by: its short one, or {@link qualifiedName} where another one has that. */
  agent: Agent;
  file: string;
  /** Keys of its file that are not used here. */
  unused: AgentCard['unused'];
}

/** The agents that are there, and everything that is wrong in their folders. */
export interface AgentRegistry {
  agents: AgentsByName;
  /** Errors mean that the file gave no agent; a plan that does not use it runs all the same. */
  diagnostics: Diagnostic[];
  /** Folders that were looked into, best first; some may not exist. */
  dirs: string[];
  /** Diagnostics of each agent's own file, by each of its names, also of agents that could not be loaded. */
  byAgent?: ReadonlyMap<string, readonly Diagnostic[]>;
  /** How many agents the folders have, without those that come with Gaffer; left out: all. */
  ownCount?: number;
}

/** The agents of some folders, all of them loaded. */
export interface FolderAgents extends AgentRegistry {
  /** By short name; of two in one folder that have it the later one by its qualified name. */
  agents: ReadonlyMap<string, Agent>;
  byAgent: ReadonlyMap<string, readonly Diagnostic[]>;
  ownCount: number;
  /** By qualified name, all of them, also those that lost their short name to an earlier folder. */
  qualified: ReadonlyMap<string, KnownAgent>;
  /** As `agents`. */
  known: ReadonlyMap<string, KnownAgent>;
}

const loaders: Readonly<
  Record<AgentFileEnding, (file: string, dir: string, tools: readonly ToolTraits[]) => LoadedAgent | null>
> = {
  '.md': loadMarkdownAgent,
  '.markdown': loadMarkdownAgent,
  '.yaml': loadYamlAgent,
  '.yml': loadYamlAgent,
  '.json': loadMountPlan,
};

/** A file's agent in its folder. */
interface Found extends LoadedAgent {
  file: string;
  qualified: string;
}

/**
 * Loads every agent of some folders: `*.md` with front matter, also in folders below, `*.yaml`, `*.yml`, and `*.json` mount plans. Earlier folders win.
 * `tools`: those that an agent can be given.
 *
 * Never throws for what it finds: a broken file becomes diagnostics with file and line, a missing folder is only listed.
 */
export function loadAgents(dirs: string[], tools: readonly ToolTraits[] = builtInList): FolderAgents {
  const diagnostics: Diagnostic[] = [];
  const byAgent = new Map<string, readonly Diagnostic[]>();
  const qualified = new Map<string, KnownAgent>();
  const known = new Map<string, KnownAgent>();
  for (const dir of dirs) {
    const found = agentFiles(dir, diagnostics).flatMap((file) =>
      loadFile(file, dir, tools).map((each) => ({ ...each, file, qualified: qualifiedName(each.name, file, dir) })),
    );
    for (const { name, first, others } of named(found)) {
      const twins = others.length > 0 ? [sharedName(name, first, others)] : [];
      const isTaken = byAgent.has(name);
      if (!isTaken) {
        diagnostics.push(...twins);
        byAgent.set(name, [...first.diagnostics, ...twins]);
        keep(known, name, first);
      }
      for (const each of [first, ...others]) {
        if (byAgent.has(each.qualified)) continue;
        // What an earlier folder replaces is wrong only for who calls it by its long name.
        if (!isTaken) diagnostics.push(...each.diagnostics);
        byAgent.set(each.qualified, each.diagnostics);
        keep(qualified, each.qualified, each);
        if (!isTaken && each !== first) keep(known, each.qualified, each);
      }
    }
  }
  const agents = new Map([...known].map(([name, { agent }]) => [name, agent]));
  const said = oncePerFolder(diagnostics, dirs);
  return { agents, diagnostics: said, dirs: [...dirs], byAgent, ownCount: known.size, qualified, known };
}

function loadFile(file: string, dir: string, tools: readonly ToolTraits[]): LoadedAgent[] {
  let team: LoadedAgent[] = [];
  const one = collectProblems(basename(file, extname(file)), () => {
    if (!isTeamFile(file)) return loaders[extname(file).toLowerCase() as AgentFileEnding](file, dir, tools);
    team = loadTeamAgents(file, dir, tools);
    return null;
  });
  return one ? [one] : team;
}

/** The agents of one folder by short name, in order. */
function named(found: readonly Found[]): { name: string; first: Found; others: Found[] }[] {
  const groups = new Map<string, { name: string; first: Found; others: Found[] }>();
  for (const each of found) {
    const group = groups.get(each.name);
    if (group) group.others.push(each);
    else groups.set(each.name, { name: each.name, first: each, others: [] });
  }
  return [...groups.values()];
}

function keep(known: Map<string, KnownAgent>, name: string, { agent, card, file }: Found): void {
  if (agent) known.set(name, { agent: agent.name === name ? agent : { ...agent, name }, file, ...card });
}

/** That a short name means one of several agents of a folder, and how the others are called. */
function sharedName(name: string, first: Found, others: readonly Found[]): Diagnostic {
  const reached = others.filter(({ qualified }, at) =>
    [first, ...others.slice(0, at)].every((other) => other.qualified !== qualified),
  );
  const lost = others.find((each) => !reached.includes(each));
  const rest = lost
    ? `${lost.file} is not used`
    : `the other ${others.length === 1 ? 'is' : `${others.length} are`} ${listed(reached.map((each) => quoted(each.qualified)))}`;
  return {
    ...folderProblem((lost ?? others[0]!).file, `the agent ${quoted(name)} is the one of ${first.file}: ${rest}`),
    code: 'duplicate-agent',
    severity: 'warning',
    hint: lost ? 'keep one, or rename one' : `${quoted(first.qualified)} says which one is meant`,
  };
}

function listed(words: readonly string[]): string {
  return words.length > 4 ? `${words.slice(0, 3).join(', ')} …` : words.join(', ');
}
