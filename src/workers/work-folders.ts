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
}

/** Why a worker does not work in a folder, in words with the way out; null: it does. */
export function folderProblem({ within }: Pick<WorkFolders, 'within'>, folder: string): string | null {
  const real = realOf(folder);
  const roots = [...new Set(within.map(realOf))];
  if (roots.includes(real)) return null;
  const wayOut = `Start the worker with --folder ${real} if it may (a program: with it in \`folders\`)`;
  if (!roots.some((root) => isInside(real, root)))
    return `This worker was started for ${roots.join(', ')}, and ${real} is not in there. ${wayOut}.`;
  return holdsKeys(real) ? `${real} is where keys are. ${wayOut}.` : null;
}
