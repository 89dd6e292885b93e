import { safeLine } from '../safe-text.ts';
import type { TapeRequest } from './tape-request.ts';

const longest = 160;

/** The first thing in which a request differs from a recorded one, as lines for people: what, then `-` as recorded, `+` as asked. */
export function differenceOf(recorded: TapeRequest, asked: TapeRequest): string[] {
  const most = Math.max(recorded.parts.length, asked.parts.length);
  for (let at = 0; at < most; at++) {
    const [before, now] = [recorded.parts[at], asked.parts[at]];
    if (before?.text === now?.text) continue;
    return [`${(now ?? before)!.name} differs:`, ...linesOf(before?.text, now?.text)];
  }
  return ['they say the same'];
}

function linesOf(before: string | undefined, now: string | undefined): string[] {
  const [first, second] = [before, now].map((text) => (text === undefined ? [] : text.split('\n')));
  const at = Array.from({ length: Math.max(first!.length, second!.length) }).findIndex(
    (_, index) => first![index] !== second![index],
  );
  const [old, asked] = around(first![at] ?? '', second![at] ?? '');
  return [...(first![at] === undefined ? [] : [`- ${old}`]), ...(second![at] === undefined ? [] : [`+ ${asked}`])];
}

// Of long lines what stands around the place where they part.
function around(before: string, now: string): [before: string, now: string] {
  let same = 0;
  while (same < before.length && before[same] === now[same]) same += 1;
  const from = Math.max(0, same - longest / 2);
  const cut = (line: string): string => {
    const end = from + longest;
    return `${from > 0 ? '…' : ''}${safeLine(line.slice(from, end).toWellFormed())}${line.length > end ? '…' : ''}`;
  };
  return [cut(before), cut(now)];
}
