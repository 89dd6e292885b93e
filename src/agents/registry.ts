import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import type { Agent } from '../domain/plan/plan.ts';
import { builtInList, type ToolTraits } from '../domain/tool-names.ts';
import type { LoadedAgent } from './agent-problem.ts';
import { collectProblems } from './agent-problem.ts';
import { loadMarkdownAgent, loadYamlAgent } from './load-agent-file.ts';
import { loadMountPlan } from './load-mount-plan.ts';

/** The agents that are there, by name, and everything that is wrong in their folders. */
export interface AgentRegistry {
  agents: ReadonlyMap<string, Agent>;
  /** Errors mean that the file gave no agent; a plan that does not use it runs all the same. */
  diagnostics: Diagnostic[];
  /** Folders that were looked into, best first; some may not exist. */
  dirs: string[];
  /** Diagnostics of each agent's own file, also of agents that could not be loaded. */
  byAgent?: ReadonlyMap<string, readonly Diagnostic[]>;
}

const mostFiles = 1000;

/** Kinds of agent files; where one folder has a name twice, the kind that stands first here wins. */
const loaders: Readonly<
  Record<string, (file: string, dir: string, tools: readonly ToolTraits[]) => LoadedAgent | null>
> = {
  '.md': loadMarkdownAgent,
  '.yaml': loadYamlAgent,
  '.yml': loadYamlAgent,
  '.json': loadMountPlan,
};
const endings = Object.keys(loaders);

/**
 * Loads every agent of some folders: `*.md` with front matter, `*.yaml`, `*.yml`, and `*.json` mount plans. Earlier folders win.
 * `tools`: those that an agent can be given.
 *
 * Never throws for what it finds: a broken file becomes diagnostics with file and line, a missing folder is only listed.
 */
export function loadAgents(dirs: string[], tools: readonly ToolTraits[] = builtInList): AgentRegistry {
  const agents = new Map<string, Agent>();
  const byAgent = new Map<string, Diagnostic[]>();
  const diagnostics: Diagnostic[] = [];
  for (const dir of dirs) {
    const files = agentFiles(dir, diagnostics);
    const ofThisDir = new Map<string, string>();
    for (const file of files) {
      const loaded = collectProblems(basename(file, extname(file)), () =>
        loaders[extname(file).toLowerCase()]!(file, dir, tools),
      );
      if (!loaded) continue;
      const twin = ofThisDir.get(loaded.name);
      if (twin !== undefined) diagnostics.push(duplicate(file, loaded.name, twin));
      ofThisDir.set(loaded.name, twin ?? file);
      if (byAgent.has(loaded.name)) continue;
      byAgent.set(loaded.name, loaded.diagnostics);
      diagnostics.push(...loaded.diagnostics);
      if (loaded.agent) agents.set(loaded.name, loaded.agent);
    }
  }
  return { agents, diagnostics, dirs: [...dirs], byAgent };
}

function agentFiles(dir: string, diagnostics: Diagnostic[]): string[] {
  try {
    const names = readdirSync(dir, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .filter((name) => endings.includes(extname(name).toLowerCase()));
    if (names.length > mostFiles) {
      diagnostics.push(folderProblem(dir, `${dir} has more than ${mostFiles} agent files; the rest is left out`));
    }
    const rank = (name: string): number => endings.indexOf(extname(name).toLowerCase());
    return names
      .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .slice(0, mostFiles)
      .map((name) => join(dir, name));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') diagnostics.push(folderProblem(dir, `the agents folder ${dir} cannot be read: ${message}`));
    return [];
  }
}

function duplicate(file: string, name: string, winner: string): Diagnostic {
  const message = `the agent ${quoted(name)} is already defined by ${winner}: this file is not used`;
  return {
    ...folderProblem(file, message),
    code: 'duplicate-agent',
    severity: 'warning',
    hint: 'keep one, or rename one',
  };
}

function folderProblem(file: string, message: string): Diagnostic {
  return {
    severity: 'error',
    code: 'agents-folder',
    message,
    file,
    line: null,
    column: null,
    path: '',
    hint: null,
    frame: null,
  };
}
