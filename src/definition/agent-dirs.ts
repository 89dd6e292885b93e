import { basename, dirname, join, resolve } from 'node:path';
import { isShippedDir } from '../agents/shipped-agents.ts';
import { isFolder } from './source/is-folder.ts';

/**
 * Folders that agents of a workflow file are looked for in, best first; some may not exist.
 *
 * `agents/` beside the file, or in the folder of workstreams; beside that folder, or one called `workflows`; in `cwd`; `.claude/agents` in `cwd`; and `.ai-agents` where there is one, beside the file and in `cwd`.
 */
export function agentDirsFor(file: string, cwd: string): string[] {
  const path = resolve(cwd, file);
  const folder = isFolder(path) ? path : dirname(path);
  const dirs = [join(folder, 'agents'), join(cwd, 'agents'), join(cwd, '.claude', 'agents')];
  dirs.push(...[folder, cwd].map((place) => join(place, '.ai-agents')).filter(isFolder));
  if (basename(folder) === 'workflows' || folder === path) dirs.splice(1, 0, join(dirname(folder), 'agents'));
  // Where it is a project's, in our own sources, its agents are found as everywhere.
  return [...new Set(dirs)].filter((dir) => !isShippedDir(dir));
}
