import type { Entry, YamlTree } from './yaml-tree.ts';

/** The lines of an item as they stand, its comments with it, moved to the left edge. */
export function rawBlock({ text }: YamlTree, { leadStart, end, column }: Entry): string[] {
  const lines = text
    .slice(leadStart, end)
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  return lines.map((line) => line.slice(Math.min(column, /^ */.exec(line)![0].length)));
}
