import { placeProblem } from '../tools/own/module-place.ts';
import { holdsKeys, isInside, realOf } from '../host/key-folders.ts';

/** Where the work of a worker may lie. */
export interface WorkFolders {
  /** The folders that it was started with: work lies in them, or below. */
  within: readonly string[];
  /**
   * Whether a plan that was put into the store may have it elsewhere: true where the store is the home's own, so that its clients are
   * whoever started the worker. A plan that only Temporal was told, as by `temporal workflow start`, never may.
   */
  plansAnywhere: boolean;
  /** Modules with tools that it has loaded: work may lie where none of them can be written. */
  modules?: readonly string[] | undefined;
}

/** Why a worker does not work where a plan of the store has its work, in words with the way out; null: it does. */
export function planFolderProblem(folders: WorkFolders, folder: string): string | null {
  return folders.plansAnywhere ? moduleProblem(folders, folder) : folderProblem(folders, folder);
}

function moduleProblem({ modules = [] }: Pick<WorkFolders, 'modules'>, folder: string): string | null {
  return modules.map((module) => placeProblem(module, [folder])).find((problem) => problem !== null) ?? null;
}

/** Why a worker does not work in a folder, in words with the way out; null: it does. */
export function folderProblem({ within, modules }: Omit<WorkFolders, 'plansAnywhere'>, folder: string): string | null {
  const written = moduleProblem({ modules }, folder);
  if (written !== null) return written;
  const real = realOf(folder);
  const roots = [...new Set(within.map(realOf))];
  if (roots.includes(real)) return null;
  const wayOut = `Start the worker with --folder ${real} if it may (a program: with it in \`folders\`)`;
  if (!roots.some((root) => isInside(real, root)))
    return `This worker was started for ${roots.join(', ')}, and ${real} is not in there. ${wayOut}.`;
  return holdsKeys(real) ? `${real} is where keys are. ${wayOut}.` : null;
}
