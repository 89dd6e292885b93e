import { sep } from 'node:path';
import type { Diagnostic } from '../definition/source/diagnostic.ts';

/**
 * Warnings that say the same of several files of one folder, said once, of the first one and with how many more there are: collections of hundreds of files have the same keys.
 *
 * Errors stay as they are.
 */
export function oncePerFolder(diagnostics: readonly Diagnostic[], dirs: readonly string[]): Diagnostic[] {
  const groups = new Map<string, Diagnostic[]>();
  for (const [at, each] of diagnostics.entries()) {
    const folder = dirs.find((dir) => each.file?.startsWith(dir + sep));
    const isShared = each.severity === 'warning' && folder !== undefined;
    const key = JSON.stringify(isShared ? [folder, each.code, each.message, each.hint] : at);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map(([first, ...more]) => {
    const others = new Set(more.map(({ file }) => file).filter((file) => file !== first!.file)).size;
    if (others === 0) return first!;
    return { ...first!, message: `${first!.message} (so in ${others} more ${others === 1 ? 'file' : 'files'} there)` };
  });
}
