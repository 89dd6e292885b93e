import { readdirSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { Workspace } from '../../domain/plan/plan.ts';
import { type Draft, folderIn } from '../draft/draft.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { quoted } from '../source/diagnostic.ts';
import { isFolder } from '../source/is-folder.ts';
import { nearest } from '../../domain/nearest.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** Where tasks of a definition can work. */
export interface TaskPlace {
  /** Absolute folder of the run, which those of tasks are taken from. */
  workspace: string;
  /** Whether folders are looked for on this machine: not where the run works on another one. */
  looksForFolders: boolean;
  /** The task that adds these, whose folder is theirs: an agent chooses none. Null: their author says where they work. */
  parent: { workspace: Workspace | null } | null;
}

/** The workspace of each task, null for the run's, and what is wrong with those that are named. */
export function checkWorkspaces(
  document: SourceDocument,
  draft: Draft,
  place: TaskPlace,
): { workspaces: (Workspace | null)[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const problems = new Map<string, Problem | null>();
  const workspaces = draft.tasks.map((task): Workspace | null => {
    const text = folderIn(task.keys['workspace']);
    const report = (problem: Problem): void => {
      diagnostics.push(document.diagnostic([...task.path, 'workspace'], problem));
    };
    if (place.parent) {
      if (Object.hasOwn(task.keys, 'workspace')) report(notTheirs);
      return place.parent.workspace;
    }
    if (text === null) return null;
    if (!problems.has(text)) problems.set(text, place.looksForFolders ? findProblem(place.workspace, text) : null);
    const problem = problems.get(text)!;
    if (problem) report(problem);
    return toWorkspace(place.workspace, text);
  });
  return { workspaces, diagnostics };
}

type Problem = Pick<Diagnostic, 'code' | 'message' | 'hint'>;

const notTheirs: Problem = {
  code: 'unknown-key',
  message: 'a task that an agent adds works in the folder of its own task',
  hint: 'leave "workspace" out',
};

function toWorkspace(root: string, text: string): Workspace | null {
  const folder = resolve(root, text);
  const path = relative(root, folder);
  if (path === '') return null;
  return { path: leadsOut(path) ? folder : path.split(sep).join('/') };
}

function leadsOut(path: string): boolean {
  return isAbsolute(path) || path.split(sep)[0] === '..';
}

function findProblem(root: string, text: string): Problem | null {
  const folder = resolve(root, text);
  const isWithin = !leadsOut(relative(root, folder));
  // That the run has no folder is told once, by whoever starts it.
  if (isWithin && !isFolder(root)) return null;
  if (!isFolder(folder)) {
    const hint = nearestFolder(folder, root) ?? 'make it, or name another one';
    return { code: 'no-folder', message: `there is no folder "${safeLine(folder)}"`, hint };
  }
  const real = isWithin ? linkedOut(root, folder) : null;
  if (real === null) return null;
  const message = `${quoted(text)} leads out of the workspace by a link`;
  return { code: 'bad-value', message, hint: `name the folder itself: ${real}` };
}

/** Where a folder leads, links followed, when that is out of the other one; null: it stays in it, or one of them is not there. */
export function linkedOut(root: string, folder: string): string | null {
  if (!isFolder(root) || !isFolder(folder)) return null;
  const real = realpathSync(folder);
  return leadsOut(relative(realpathSync(root), real)) ? real : null;
}

/** A folder whose name differs little where the path goes wrong. */
function nearestFolder(folder: string, root: string): string | null {
  let parent = dirname(folder);
  while (!isFolder(parent)) parent = dirname(parent);
  const [word = '', ...rest] = relative(parent, folder).split(sep);
  const name = nearest(word, foldersIn(parent));
  const found = name === null ? null : resolve(parent, name, ...rest);
  if (found === null || !isFolder(found)) return null;
  const path = relative(root, found);
  return `did you mean "${leadsOut(path) ? found : path}"?`;
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
