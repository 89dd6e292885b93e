/** A line of a file that differs. Numbers from 1; null: it is not there on that side. */
export interface PatchLine {
  kind: 'added' | 'removed' | 'same' | 'place';
  before: number | null;
  after: number | null;
  text: string;
}

/** A file of a patch. */
export interface PatchFile {
  name: string;
  added: number;
  removed: number;
  lines: PatchLine[];
}

/** Reads a patch as `git diff` has it; lines without a head before them belong to a file without a name. */
export function readPatch(patch: string): PatchFile[] {
  const files: PatchFile[] = [];
  let file: PatchFile | null = null;
  let left = 0;
  let [before, after] = [1, 1];
  // What ends with a line break has no line behind it.
  for (const line of patch.replace(/\n$/, '').split('\n')) {
    if (line.startsWith('diff --git ')) {
      file = { name: nameIn(line), added: 0, removed: 0, lines: [] };
      files.push(file);
      left = 0;
      continue;
    }
    const place = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (place && left <= 0) {
      [before, after] = [Number(place[1]), Number(place[3])];
      left = Number(place[2] ?? 1) + Number(place[4] ?? 1);
      file?.lines.push({ kind: 'place', before: null, after: null, text: line });
      continue;
    }
    const isHead = file !== null && file.name !== '' && left <= 0;
    if (isHead) {
      // Modes and names are told by the file; what else git says of it is said as it is.
      const moved = /^rename to "?([^]*?)"?$/.exec(line)?.[1];
      if (file && moved !== undefined) file.name = moved;
      if (/^(?:Binary|rename|new file|deleted file|old mode|new mode)/.test(line))
        file?.lines.push({ kind: 'place', before: null, after: null, text: line });
      continue;
    }
    if (!file && line === '') continue;
    file ??= push(files);
    const kind = line.startsWith('+')
      ? 'added'
      : line.startsWith('-')
        ? 'removed'
        : line.startsWith('\\')
          ? 'place'
          : 'same';
    if (kind !== 'place') left -= kind === 'same' ? 2 : 1;
    if (kind === 'added') file.added++;
    if (kind === 'removed') file.removed++;
    file.lines.push({
      kind,
      before: kind === 'removed' || kind === 'same' ? before++ : null,
      after: kind === 'added' || kind === 'same' ? after++ : null,
      text: kind === 'place' ? line : line.slice(1),
    });
  }
  return files;
}

function push(files: PatchFile[]): PatchFile {
  const file: PatchFile = { name: '', added: 0, removed: 0, lines: [] };
  files.push(file);
  return file;
}

/** The name behind `b/`. A name with ` b/` in it is said whole. */
function nameIn(line: string): string {
  const names = line.slice('diff --git '.length);
  const half = names.slice((names.length + 1) / 2);
  return half.replace(/^"?b\//, '').replace(/"$/, '');
}

/** Two texts line by line: what they begin and end with alike stands once around what differs. */
export function differingLines(one: string, other: string, around = 3): string {
  const [a, b] = [one.split('\n'), other.split('\n')];
  let first = 0;
  while (first < a.length && first < b.length && a[first] === b[first]) first++;
  let last = 0;
  while (last < Math.min(a.length, b.length) - first && a[a.length - 1 - last] === b[b.length - 1 - last]) last++;
  if (first === a.length && first === b.length) return '';
  return [
    ...a.slice(Math.max(0, first - around), first).map((line) => ` ${line}`),
    ...a.slice(first, a.length - last).map((line) => `-${line}`),
    ...b.slice(first, b.length - last).map((line) => `+${line}`),
    ...a.slice(a.length - last, a.length - last + around).map((line) => ` ${line}`),
  ].join('\n');
}
