import { matchesGlob } from './glob.ts';

/**
 * Whether a path (with `/`) matches a pattern of `*`, `?` and `**`. A pattern without a slash matches names at any depth. Forms of Unicode do not count.
 *
 * No regular expressions: a hostile pattern costs at most its length times the path's.
 */
export function matchesPattern(path: string, pattern: string): boolean {
  const parts = pattern
    .normalize()
    .replace(/^\.?\//, '')
    .replace(/\/+$/, '')
    .split('/');
  return matchParts(path.normalize().split('/'), pattern.includes('/') ? parts : ['**', ...parts]);
}

// reached[j]: the first j parts of the pattern can match what of the path was seen so far.
function matchParts(path: readonly string[], pattern: readonly string[]): boolean {
  let reached = pattern.map(() => false);
  reached.unshift(true);
  const skip = (row: boolean[]) => pattern.forEach((part, j) => (row[j + 1] ||= part === '**' && row[j]!));
  skip(reached);
  for (const part of path) {
    const next = [
      false,
      ...pattern.map((piece, j) => (piece === '**' ? reached[j + 1]! : reached[j]! && matchesGlob(part, piece))),
    ];
    skip(next);
    reached = next;
  }
  return reached.at(-1)!;
}
