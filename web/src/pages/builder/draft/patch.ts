/** Lines around a change that are shown with it. */
const around = 3;
/** Longest middle, in lines, that is compared line by line: the table is its square. */
const mostLines = 1500;

type Step = { sign: ' ' | '-' | '+'; line: string };

/** What differs between two texts, as a patch; an empty text where nothing does. */
export function patchOf(before: string, after: string): string {
  if (before === after) return '';
  const steps = stepsOf(before === '' ? [] : before.split(/\r?\n/), after.split(/\r?\n/));
  const lines: string[] = [];
  let [old, now] = [1, 1];
  for (let at = 0; at < steps.length;) {
    const next = steps.findIndex(({ sign }, index) => index >= at && sign !== ' ');
    if (next === -1) break;
    const from = Math.max(at, next - around);
    let to = next;
    for (let same = 0, index = next; index < steps.length && same <= 2 * around; index++) {
      same = steps[index]!.sign === ' ' ? same + 1 : 0;
      if (same === 0) to = index + 1;
    }
    const hunk = steps.slice(from, Math.min(steps.length, to + around));
    old += from - at;
    now += from - at;
    const [gone, come] = [hunk.filter(({ sign }) => sign !== '+'), hunk.filter(({ sign }) => sign !== '-')];
    lines.push(`@@ -${old},${gone.length} +${now},${come.length} @@`, ...hunk.map(({ sign, line }) => sign + line));
    old += gone.length;
    now += come.length;
    at = from + hunk.length;
  }
  return `${lines.join('\n')}\n`;
}

function stepsOf(before: readonly string[], after: readonly string[]): Step[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const same = (lines: readonly string[]): Step[] => lines.map((line) => ({ sign: ' ', line }));
  return [
    ...same(before.slice(0, head)),
    ...middleOf(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(tail === 0 ? [] : before.slice(-tail)),
  ];
}

/** By the longest common subsequence. */
function middleOf(before: readonly string[], after: readonly string[]): Step[] {
  const gone = (lines: readonly string[]): Step[] => lines.map((line) => ({ sign: '-', line }));
  const come = (lines: readonly string[]): Step[] => lines.map((line) => ({ sign: '+', line }));
  if (before.length > mostLines || after.length > mostLines) return [...gone(before), ...come(after)];
  const width = after.length + 1;
  const longest = new Uint16Array((before.length + 1) * width);
  for (let a = before.length - 1; a >= 0; a--)
    for (let b = after.length - 1; b >= 0; b--)
      longest[a * width + b] =
        before[a] === after[b]
          ? longest[(a + 1) * width + b + 1]! + 1
          : Math.max(longest[(a + 1) * width + b]!, longest[a * width + b + 1]!);
  const steps: Step[] = [];
  let [a, b] = [0, 0];
  while (a < before.length && b < after.length) {
    if (before[a] === after[b]) {
      steps.push({ sign: ' ', line: before[a]! });
      a++;
      b++;
    } else if (longest[(a + 1) * width + b]! >= longest[a * width + b + 1]!)
      steps.push({ sign: '-', line: before[a++]! });
    else steps.push({ sign: '+', line: after[b++]! });
  }
  return [...steps, ...gone(before.slice(a)), ...come(after.slice(b))];
}
