/*
 * Everything that is read or run outside of the sandbox and that might lie where agents can write. Whoever makes Gaffer read or
 * run one thing more adds it here; `host/sandbox/believed-cover.ts` covers what stands here in every command's sandbox.
 *
 * What git reads (configuration, hooks, attributes, `commondir`) is covered by `host/sandbox/workspace-cover.ts`, as parts of it have
 * to stay writable. Programs are found by `programs.ts`, never below a workspace. Workflow files lie where their user names them:
 * what one of them can ask for is bounded by its plan, which is shown before it starts.
 */
import type { Dirent } from 'node:fs';
import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { kindOf } from './kind-of.ts';
import { userStateDir } from './private-folder.ts';
import { projectRoot } from './project-root.ts';

/** How an agent's command finds it: not at all, or to read. */
type Cover = 'hidden' | 'read-only';

/** A name that is believed in every folder that Gaffer is used from. */
export interface BelievedName {
  name: string;
  /** Who may write it, and what else keeps others' from being believed. */
  writer: string;
  cover: Cover;
}

/** In the workspace, in the project and in every folder between the two. */
export const believedNames: readonly BelievedName[] = [
  { name: '.env', writer: 'its owner; what widens rights only as trusted (config/dot-env.ts)', cover: 'hidden' },
  { name: '.env.local', writer: 'its owner; Gaffer does not read it, other programs do', cover: 'hidden' },
  { name: '.gaffer', writer: 'Gaffer, with a mark of its own (config/home-mark.ts)', cover: 'hidden' },
  { name: 'agents', writer: 'its owner: prompts and tools of agents', cover: 'read-only' },
  { name: '.claude', writer: 'its owner: agents, and settings of other programs', cover: 'read-only' },
  {
    name: '.ai-agents',
    writer: 'its owner: agents of a team, and the file in which people follow it',
    cover: 'read-only',
  },
  { name: '.mcp.json', writer: 'its owner: programs that serve tools', cover: 'read-only' },
  {
    name: 'gaffer.yaml',
    writer: 'its owner: servers of models, believed only as trusted (client/connection/believe-project.ts)',
    cover: 'read-only',
  },
];

/**
 * What nobody uses Gaffer with in a task's worktree, and what no snapshot and no branch takes up as new (worktrees/worktrees.ts): where it is
 * missing, programs that look for it find nothing, and nothing covers it.
 */
export const unkeptInWorktrees: readonly string[] = ['.env', '.env.local'];

// They stand in a private folder of this name (workers/worktrees/open-worktrees.ts).
function isOwnWorktree(workspace: string): boolean {
  const relative = path.relative(realOf(path.join(userStateDir(), 'worktrees')), workspace);
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`);
}

/** Where Gaffer is used from. */
export interface Places {
  /** The project: where `.env` is read. */
  project?: string | undefined;
  /** Folders with agents, wherever they lie. */
  agents?: readonly string[] | undefined;
  /** Gaffer's data, wherever `GAFFER_HOME` puts it. */
  home?: string | undefined;
  /** The user's own folders of Gaffer: what is trusted, programs that were fetched, and sockets. */
  userFolders?: readonly string[] | undefined;
}

/** Something to cover, by its path from the workspace down. It need not exist. */
export interface BelievedPath {
  path: string;
  cover: Cover;
}

/** What is believed inside a workspace, whether it exists or not. `workspace` is a real path. */
export function believedIn(workspace: string, places: Places = {}): BelievedPath[] {
  const inside = (file: string | undefined) => insideOf(workspace, file);
  const found = new Map<string, Cover>();
  const isOwn = isOwnWorktree(workspace);
  const add = (relative: string | undefined, cover: Cover): void => {
    if (relative === undefined || relative === '' || found.has(relative)) return;
    if (isOwn && unkeptInWorktrees.includes(relative) && kindOf(path.join(workspace, relative)) === 'missing') return;
    found.set(relative, cover);
  };
  const root = places.project && projectRoot(places.project);
  const projects = [places.project, root, places.home && path.dirname(places.home)].map(inside);
  for (const folder of ['', ...projects.flatMap((relative) => (relative ? foldersDownTo(relative) : []))]) {
    const isProject = projects.includes(folder);
    for (const { name, cover } of believedNames) {
      const relative = path.join(folder, name);
      // A name that everybody sees is not put into a folder that only happens to be a workspace.
      if (isProject || name.startsWith('.') || kindOf(path.join(workspace, relative)) !== 'missing')
        add(relative, cover);
    }
  }
  for (const folder of places.agents ?? []) add(inside(folder), 'read-only');
  add(inside(places.home), 'hidden');
  for (const folder of places.userFolders ?? []) add(inside(folder), 'hidden');
  const linked = [...found];
  for (const file of ownCode()) add(inside(file), 'read-only');
  // Ours are not looked through: there is too much of it, and links of an installation stay in it.
  for (const [relative, cover] of throughLinks(workspace, linked)) add(relative, cover);
  return [...found].map(([file, cover]) => ({ path: file, cover }));
}

/** What names that are believed in a workspace lead to, as links or by links in them, where that is in the workspace, too. */
export function believedByLinks(workspace: string): BelievedPath[] {
  const names = believedNames.map(({ name, cover }): [string, Cover] => [name, cover]);
  return throughLinks(workspace, names).map(([file, cover]) => ({ path: file, cover }));
}

/** Where links in these lead inside of the workspace, and links in what they lead to. */
function throughLinks(workspace: string, begin: readonly [string, Cover][]): [string, Cover][] {
  const found: [string, Cover][] = [];
  const all = [...begin];
  for (const [at, [relative, cover]] of all.entries()) {
    if (at === begin.length + mostLookedThrough) break;
    for (const target of targetsOf(path.join(workspace, relative))) {
      const real = insideOf(workspace, target);
      if (real === undefined || real === '' || found.some(([known]) => known === real)) continue;
      found.push([real, cover]);
      all.push([real, cover]);
    }
  }
  return found;
}

function insideOf(workspace: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const relative = path.relative(workspace, realOf(file));
  return relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative) ? undefined : relative;
}

const mostLookedThrough = 50;
const mostLinked = 500;

/** Where a link leads, and where those in a folder do, whether something is there or not. */
function targetsOf(file: string): string[] {
  const kind = kindOf(file);
  if (kind === 'link') return [path.resolve(path.dirname(file), readlinkSync(file))];
  if (kind !== 'folder') return [];
  const found: string[] = [];
  const pending = [file];
  let seen = 0;
  for (const folder of pending) {
    for (const entry of entriesOf(folder)) {
      const own = path.join(folder, entry.name);
      if (++seen > mostLinked) return found;
      if (entry.isSymbolicLink()) found.push(path.resolve(folder, readlinkSync(own)));
      else if (entry.isDirectory()) pending.push(own);
    }
  }
  return found;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/**
 * Our own code and what it imports, also what it imports late: the outermost `node_modules` that it is installed in, or the built
 * parts of a checkout; and Node itself.
 */
function ownCode(): string[] {
  const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
  const parts = root.split(path.sep);
  const installed = parts.indexOf('node_modules');
  const code =
    installed < 0
      ? ['bin', 'dist', 'examples', 'node_modules', 'package.json'].map((name) => path.join(root, name))
      : [parts.slice(0, installed + 1).join(path.sep)];
  return [...code, process.execPath];
}

/** `a/b/c`: `a`, `a/b`, `a/b/c`. */
function foldersDownTo(relative: string): string[] {
  const parts = relative.split(path.sep);
  return parts.map((_, index) => parts.slice(0, index + 1).join(path.sep));
}

/** The real path of what may not be there yet. */
function realOf(file: string): string {
  if (existsSync(file)) return realpathSync(file);
  const parent = path.dirname(file);
  return parent === file ? file : path.join(realOf(parent), path.basename(file));
}
