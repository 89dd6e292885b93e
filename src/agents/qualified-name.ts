import { basename, dirname, relative, sep } from 'node:path';

/**
 * The name that an agent has beside its short one, as plugins have it: `plugin/name`.
 *
 * The plugin is the folder around `agents`, as in `plugins/PLUGIN/agents/NAME.md`; where none is called so below `dir`, the folder that the file stands in.
 */
export function qualifiedName(name: string, file: string, dir: string): string {
  const folders = relative(dir, dirname(file))
    .split(sep)
    .filter((each) => each !== '');
  const around = folders.lastIndexOf('agents') - 1;
  const plugin = around >= 0 ? folders[around] : folders.findLast((each) => each !== 'agents');
  return `${plugin ?? placeOf(dir)}/${name}`;
}

function placeOf(dir: string): string {
  return basename(basename(dir) === 'agents' ? dirname(dir) : dir);
}
