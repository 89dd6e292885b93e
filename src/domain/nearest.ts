const longestWord = 64;
/** Names beyond these are not compared: a file of thousands of wrong names must not take minutes. */
const mostCompared = 500;

/** Number of single-character edits, two swapped neighbours counting as one, between two words taken as at most 64 characters long. */
export function editDistance(a: string, b: string): number {
  const left = a.slice(0, longestWord);
  const right = b.slice(0, longestWord);
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const change = left[i - 1] === right[j - 1] ? 0 : 1;
      const isSwap = left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      const swap = isSwap && i > 1 && j > 1 ? beforeLast[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change, swap));
    }
    beforeLast = last;
    last = row;
  }
  return last[right.length]!;
}

/**
 * The known name that a mistyped word most likely means; null when none is close.
 *
 * Close is: the same letters apart from case, `-` and `_`, at most a third of the letters wrong, or one the beginning of the other.
 */
export function nearest(word: string, known: Iterable<string>): string | null {
  const plain = simplify(word);
  if (plain === '' || plain.length > longestWord) return null;
  let best: { name: string; distance: number } | null = null;
  let compared = 0;
  for (const name of known) {
    if (++compared > mostCompared) break;
    const candidate = simplify(name);
    const allowed = Math.max(1, Math.floor(Math.max(plain.length, candidate.length) / 3));
    const isStart =
      plain.length >= 3 && (candidate.startsWith(plain) || (candidate.length >= 3 && plain.startsWith(candidate)));
    const distance = isStart ? Math.min(1, editDistance(plain, candidate)) : editDistance(plain, candidate);
    if (distance > allowed || (candidate.length <= 2 && distance > 0)) continue;
    if (best === null || distance < best.distance) best = { name, distance };
  }
  return best?.name ?? null;
}

/** "did you mean …?" for a mistyped word, else all known names when they are few, else null. */
export function nearestHint(word: string, known: Iterable<string>): string | null {
  const names = [...known];
  const name = nearest(word, names);
  if (name !== null) return `did you mean "${name}"?`;
  return names.length > 0 && names.length <= 12 ? `known are: ${names.join(', ')}` : null;
}

function simplify(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '');
}
