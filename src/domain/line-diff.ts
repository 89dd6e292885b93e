/** Lines that stay around a change. */
const around = 3;
/** Changed lines, added and removed together, up to which the shortest way from one text to the other is looked for: the work grows with its square. */
const mostChanged = 500;

interface Line {
  sign: ' ' | '-' | '+';
  text: string;
}

/** What leads from one text to another, as the hunks of a unified diff; empty: they are the same. A last line without a line break is said so. */
export function patchOf(before: string, after: string): string {
  if (before === after) return '';
  return hunksOf(diffLines(toLines(before), toLines(after)));
}

/** With its line break each, so that a missing one is a difference. */
function toLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function diffLines(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const same = (lines: readonly string[]): Line[] => lines.map((text) => ({ sign: ' ', text }));
  const middle = shortest(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [...same(before.slice(0, head)), ...middle, ...same(before.slice(before.length - tail))];
}

/** Myers' shortest way; where it is too long, all that was and all that is. */
function shortest(before: readonly string[], after: readonly string[]): Line[] {
  const trace: Map<number, number>[] = [];
  const reached = new Map([[1, 0]]);
  for (let changed = 0; changed <= Math.min(before.length + after.length, mostChanged); changed++) {
    trace.push(new Map(reached));
    for (let k = -changed; k <= changed; k += 2) {
      const isDown = k === -changed || (k !== changed && at(reached, k - 1) < at(reached, k + 1));
      let x = isDown ? at(reached, k + 1) : at(reached, k - 1) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++;
      reached.set(k, x);
      if (x >= before.length && x - k >= after.length) return wayBack(trace, before, after);
    }
  }
  const all = (lines: readonly string[], sign: Line['sign']): Line[] => lines.map((text) => ({ sign, text }));
  return [...all(before, '-'), ...all(after, '+')];
}

function wayBack(trace: readonly Map<number, number>[], before: readonly string[], after: readonly string[]): Line[] {
  const lines: Line[] = [];
  let [x, y] = [before.length, after.length];
  for (let changed = trace.length - 1; changed >= 0; changed--) {
    const reached = trace[changed]!;
    const k = x - y;
    const isDown = k === -changed || (k !== changed && at(reached, k - 1) < at(reached, k + 1));
    const fromX = isDown ? at(reached, k + 1) : at(reached, k - 1);
    const fromY = fromX - (isDown ? k + 1 : k - 1);
    while (x > fromX && y > fromY && x > 0 && y > 0) lines.push({ sign: ' ', text: before[(y--, --x)]! });
    if (changed === 0) break;
    lines.push(isDown ? { sign: '+', text: after[--y]! } : { sign: '-', text: before[--x]! });
  }
  return lines.reverse();
}

function at(reached: ReadonlyMap<number, number>, k: number): number {
  return reached.get(k) ?? -1;
}

function hunksOf(lines: readonly Line[]): string {
  const near = new Set<number>();
  for (const [index, { sign }] of lines.entries()) {
    if (sign === ' ') continue;
    for (let each = index - around; each <= index + around; each++) near.add(each);
  }
  let [old, now] = [1, 1];
  const hunks: { old: number; now: number; lines: Line[] }[] = [];
  for (const [index, line] of lines.entries()) {
    if (near.has(index)) {
      if (!near.has(index - 1) || hunks.length === 0) hunks.push({ old, now, lines: [] });
      hunks.at(-1)!.lines.push(line);
    }
    if (line.sign !== '+') old++;
    if (line.sign !== '-') now++;
  }
  return hunks.map(hunkText).join('');
}

function hunkText({ old, now, lines }: { old: number; now: number; lines: Line[] }): string {
  const count = (sign: Line['sign']): number => lines.filter((line) => line.sign === ' ' || line.sign === sign).length;
  const range = (first: number, length: number): string => `${length === 0 ? first - 1 : first},${length}`;
  const head = `@@ -${range(old, count('-'))} +${range(now, count('+'))} @@\n`;
  const body = lines.map(({ sign, text }) =>
    text.endsWith('\n') ? `${sign}${text}` : `${sign}${text}\n\\ No newline at end of file\n`,
  );
  return `${head}${body.join('')}`;
}
