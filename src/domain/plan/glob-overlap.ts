/*
 * Whether two globs can name the same file. Whatever is not understood counts as "yes": tasks then wait for each other,
 * which costs time, while a wrong "no" costs somebody's work.
 *
 * A glob also names everything below it (`src/app` covers `src/app/main.ts`), unless it ends like a file of a well-known kind and no
 * other glob speaks of something below it. Case does not count, as on some systems.
 */

/** A name with wildcards, or `**`: any number of names. */
type Segment = string;

const longestGlob = 500;
const mostAlternatives = 32;
const everything: Segment[] = ['**'];
const fileEnding =
  /\.(?:[cm]?[jt]sx?|json|ya?ml|toml|md|txt|csv|py|go|rs|java|kt|rb|c|h|cc|cpp|hpp|cs|php|css|scss|html|sql|sh|svg|png|jpe?g)$/;

/** Globs that have been read. */
export type FileScope = readonly { glob: string; paths: readonly Segment[][] }[];

/** Reads globs once, for many comparisons. An expression in a glob stands for any text. */
export function toFileScope(globs: readonly string[]): FileScope {
  return globs.map((glob) => ({ glob, paths: toPaths(glob) }));
}

/** The first two globs that can name the same file; null: there are none. */
export function overlapOf(one: FileScope, other: FileScope): [string, string] | null {
  for (const a of one) {
    for (const b of other) {
      // Inside of the run's workspace, and outside.
      if (a.glob.startsWith('/') !== b.glob.startsWith('/')) continue;
      if (a.paths.some((path) => b.paths.some((another) => pathsOverlap(path, another)))) return [a.glob, b.glob];
    }
  }
  return null;
}

/** Whether two lists of globs can name the same file. */
export function scopesOverlap(one: readonly string[], other: readonly string[]): boolean {
  return overlapOf(toFileScope(one), toFileScope(other)) !== null;
}

function toPaths(glob: string): Segment[][] {
  const plain = glob.replace(/\$\{\{.*?\}\}/gs, '**');
  if (plain.length > longestGlob || /[()\\!]/.test(plain)) return [everything];
  const alternatives = withoutBraces(plain.toLowerCase());
  return alternatives ? alternatives.map(toSegments) : [everything];
}

/** Every text that `{a,b}` stands for; null: too many, or braces that do not match. */
function withoutBraces(glob: string): string[] | null {
  let open = [glob];
  const closed: string[] = [];
  while (open.length > 0) {
    if (open.length + closed.length > mostAlternatives) return null;
    const next: string[] = [];
    for (const text of open) {
      // The innermost braces first, so that they may stand within each other.
      const match = /\{([^{}]*)\}/.exec(text);
      if (!match) closed.push(text);
      else {
        const [before, after] = [text.slice(0, match.index), text.slice(match.index + match[0].length)];
        next.push(...match[1]!.split(',').map((choice) => before + choice + after));
      }
    }
    open = next;
  }
  return closed.some((text) => /[{}]/.test(text)) ? null : closed;
}

function toSegments(glob: string): Segment[] {
  const parts = glob.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return everything;
  // `a**b` within a name may stand for several folders where an expression was.
  const segments = parts.flatMap((part) => (part !== '**' && part.includes('**') ? aroundStars(part) : [part]));
  return fileEnding.test(segments.at(-1) ?? '') ? segments : [...segments, '**'];
}

/** `a**b`: a name that begins with `a`, any folders, a name that ends with `b`; or one name with both. */
function aroundStars(part: string): Segment[] {
  const first = part.slice(0, part.indexOf('**'));
  // What stands behind is left open: more than the glob says, never less.
  return [`${first}*`, '**'];
}

function pathsOverlap(one: readonly Segment[], other: readonly Segment[]): boolean {
  // Most paths differ in a plain name near the top, which is quickly seen.
  for (let index = 0; isPlain(one[index]) && isPlain(other[index]); index++) {
    if (one[index] !== other[index]) return false;
    // `next.js` ends like a file, but here is something below it.
    if (index + 1 === Math.min(one.length, other.length)) return true;
  }
  return meet(one, other, {
    isMany: (segment) => segment === '**',
    canMeet: (a, b) => meet(toTokens(a), toTokens(b), { isMany: (token) => token === '*', canMeet: tokensMeet }),
  });
}

function isPlain(segment: Segment | undefined): segment is string {
  return segment !== undefined && !/[*?[]/.test(segment);
}

interface Meeting<Part> {
  isMany: (part: Part) => boolean;
  canMeet: (a: Part, b: Part) => boolean;
}

/** Whether two patterns have a text in common. `isMany` parts stand for any number of parts, none included. */
function meet<Part>(one: readonly Part[], other: readonly Part[], { isMany, canMeet }: Meeting<Part>): boolean {
  const width = other.length + 1;
  let row = Array.from({ length: width }, () => false);
  for (let i = one.length; i >= 0; i--) {
    const next = Array.from({ length: width }, () => false);
    for (let j = other.length; j >= 0; j--) {
      const [a, b] = [one[i], other[j]];
      if (a === undefined && b === undefined) next[j] = true;
      else if (a !== undefined && isMany(a)) next[j] = row[j]! || (b !== undefined && next[j + 1]!);
      else if (b !== undefined && isMany(b)) next[j] = next[j + 1]! || (a !== undefined && row[j]!);
      else next[j] = a !== undefined && b !== undefined && row[j + 1]! && canMeet(a, b);
    }
    row = next;
  }
  return row[0]!;
}

/** Letters, `?` for any one letter (a class such as `[a-z]` too), `*` for any number of letters. */
function toTokens(segment: string): string[] {
  return (
    segment
      .replace(/\[[^\]]+\]/g, '?')
      .match(/\*+|\[.*|./gsu)
      ?.map((token) => (/^[*[]/.test(token) ? '*' : token)) ?? []
  );
}

function tokensMeet(a: string, b: string): boolean {
  return a === b || a === '?' || b === '?';
}
