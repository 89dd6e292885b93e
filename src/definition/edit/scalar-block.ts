import { isScalar } from 'yaml';
import { blockText, foldsOf } from './render.ts';
import type { Entry } from './yaml-tree.ts';

/** Another text for a block of text, written as that one was: what stands behind the mark, and the lines below, its column left out. */
export function blockAnew(text: string, { node, column, valueStart, valueEnd }: Entry, value: string): string[] {
  const raw = text.slice(valueStart, valueEnd).split(/\r?\n/).slice(1);
  const first = raw.find((line) => line.trim() !== '');
  const indent = first === undefined ? 2 : Math.max(1, /^ */.exec(first)![0].length - column);
  const isFolded = isScalar(node) && node.type === 'BLOCK_FOLDED';
  // A block cannot hold nothing but blanks.
  if (value.trim() === '') return [` ${JSON.stringify(value)}`];
  const [head, ...lines] = blockText(value, indent, isFolded ? foldsOf(raw) : undefined);
  return [` ${head}`, ...lines.map((line) => (line === '' ? '' : ' '.repeat(indent) + line))];
}
