import type { Dirent } from 'node:fs';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, extname, join, relative, sep } from 'node:path';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import type { Agent } from '../domain/plan/plan.ts';
import { builtInList, type ToolTraits } from '../domain/tool-names.ts';
import type { LoadedAgent } from './agent-problem.ts';
import { collectProblems } from './agent-problem.ts';
import { loadMarkdownAgent, loadYamlAgent } from './load-agent-file.ts';
import { isTeamFile, loadTeamAgents } from './load-team-agents.ts';
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
const mostFolders = 200;
const deepest = 5;

/** Kinds of agent files; where one folder has a name twice, the kind that stands first here wins. */
const loaders: Readonly<
  Record<string, (file: string, dir: string, tools: readonly ToolTraits[]) => LoadedAgent | null>
> = {
  '.md': loadMarkdownAgent,
  '.markdown': loadMarkdownAgent,
  '.yaml': loadYamlAgent,
  '.yml': loadYamlAgent,
  '.json': loadMountPlan,
};
const endings = Object.keys(loaders);

/**
 * Loads every agent of some folders: `*.md` with front matter, also in folders below, `*.yaml`, `*.yml`, and `*.json` mount plans. Earlier folders win.
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
      for (const loaded of loadFile(file, dir, tools)) {
        const twin = ofThisDir.get(loaded.name);
        if (twin !== undefined) diagnostics.push(duplicate(file, loaded.name, twin));
        ofThisDir.set(loaded.name, twin ?? file);
        if (byAgent.has(loaded.name)) continue;
        byAgent.set(loaded.name, loaded.diagnostics);
        diagnostics.push(...loaded.diagnostics);
        if (loaded.agent) agents.set(loaded.name, loaded.agent);
      }
    }
  }
  return { agents, diagnostics, dirs: [...dirs], byAgent };
}

function loadFile(file: string, dir: string, tools: readonly ToolTraits[]): LoadedAgent[] {
  let team: LoadedAgent[] = [];
  const one = collectProblems(basename(file, extname(file)), () => {
    if (!isTeamFile(file)) return loaders[extname(file).toLowerCase()]!(file, dir, tools);
    team = loadTeamAgents(file, dir, tools);
    return null;
  });
  return one ? [one] : team;
}

function agentFiles(dir: string, diagnostics: Diagnostic[]): string[] {
  try {
    const files = filesIn(dir, diagnostics);
    if (files.length > mostFiles) {
      diagnostics.push(folderProblem(dir, `${dir} has more than ${mostFiles} agent files; the rest is left out`));
    }
    const depth = (file: string): number => relative(dir, file).split(sep).length;
    const rank = (file: string): number => endings.indexOf(extname(file).toLowerCase());
    return files.sort((a, b) => depth(a) - depth(b) || rank(a) - rank(b) || (a < b ? -1 : 1)).slice(0, mostFiles);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') diagnostics.push(folderProblem(dir, `the agents folder ${dir} cannot be read: ${message}`));
    return [];
  }
}

// Below the folder itself only Markdown is looked at: other files there are of any kind.
function filesIn(dir: string, diagnostics: Diagnostic[]): string[] {
  const files: string[] = [];
  const folders = [{ folder: dir, depth: 0 }];
  const seen = new Set([realpathSync(dir)]);
  for (const [looked, { folder, depth }] of folders.entries()) {
    if (looked === mostFolders) {
      diagnostics.push(folderProblem(dir, `${dir} has more than ${mostFolders} folders; the rest is left out`));
      break;
    }
    for (const entry of entriesOf(folder, depth, diagnostics)) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(folder, entry.name);
      if (!isFolder(entry, path)) {
        const ending = extname(entry.name).toLowerCase();
        if (depth === 0 ? endings.includes(ending) : loaders[ending] === loadMarkdownAgent) files.push(path);
      } else if (depth === deepest) {
        diagnostics.push(folderProblem(path, `${path} lies too deep: agents in it are not found`));
      } else if (isNew(path, seen)) folders.push({ folder: path, depth: depth + 1 });
    }
  }
  return files;
}

function isFolder(entry: Dirent, path: string): boolean {
  try {
    return entry.isSymbolicLink() ? statSync(path).isDirectory() : entry.isDirectory();
  } catch {
    return false;
  }
}

// Links may lead back to where they stand.
function isNew(folder: string, seen: Set<string>): boolean {
  const real = realpathSync(folder);
  return !seen.has(real) && seen.add(real).has(real);
}

function entriesOf(folder: string, depth: number, diagnostics: Diagnostic[]): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (depth === 0) throw error;
    diagnostics.push(folderProblem(folder, `${folder} cannot be read: ${(error as Error).message}`));
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
