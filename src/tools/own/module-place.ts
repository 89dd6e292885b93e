import { lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { isInside, realOf } from '../../host/key-folders.ts';

/**
 * Why a module with tools is not believed where agents work in some folders, in words with the way out; null: it is.
 *
 * What agents can write must never become code of ours: neither the module, nor a link on the way to it. What it imports is not looked at.
 */
export function placeProblem(module: string, folders: readonly string[]): string | null {
  const steps = stepsTo(module);
  for (const folder of new Set(folders.map(realOf))) {
    if (!steps.some((step) => isInside(step, folder))) continue;
    const leads = steps.length === 1 || isInside(module, folder) ? '' : ', by a link';
    return `the module with tools ${module} lies in ${folder}${leads}, where agents work and could write it. Move it elsewhere, or have them work in another folder (--workspace)`;
  }
  return null;
}

const mostLinks = 40;

/** Every path that a file goes through, links followed one by one, its real one last. */
function stepsTo(file: string): string[] {
  const steps = [path.resolve(file)];
  while (steps.length <= mostLinks) {
    const next = withoutFirstLink(steps.at(-1)!);
    if (next === null) return steps;
    steps.push(next);
  }
  return steps;
}

function withoutFirstLink(file: string): string | null {
  const { root } = path.parse(file);
  const parts = path.relative(root, file).split(path.sep);
  for (const index of parts.keys()) {
    const at = path.join(root, ...parts.slice(0, index + 1));
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() !== true) continue;
    return path.resolve(path.dirname(at), readlinkSync(at), ...parts.slice(index + 1));
  }
  return null;
}
