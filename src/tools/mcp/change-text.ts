import type { OfferedTool } from '../../domain/mcp/mcp-server.ts';
import { longestDescription, toModel } from '../../domain/mcp/model-tool.ts';

/** How much of all texts is shown, in characters: a question has room for 2,000. */
const mostShown = 1600;
/** What is shown before the first difference, in characters. */
const before = 60;

/** What a server says otherwise of a tool than when the run began: of both texts the part from their first difference to their last. */
export function changeText(frozen: OfferedTool, offered: OfferedTool): string {
  const now = toModel(offered);
  const texts: [string, string, string][] = [
    ['Description', frozen.description, now.description],
    ['Input', JSON.stringify(frozen.input), JSON.stringify(now.input)],
  ];
  const changed = texts.filter(([, old, other]) => old !== other);
  if (changed.length === 0)
    return `Nothing of it shows: the change is in signs that cannot be seen, or behind the ${longestDescription} characters of the description that models read.`;
  const longest = Math.floor(mostShown / (2 * changed.length));
  return changed.map(([what, old, other]) => inWords(what, { old, other, longest })).join('\n\n');
}

function inWords(what: string, { old, other, longest }: { old: string; other: string; longest: number }): string {
  const most = Math.min(old.length, other.length);
  let from = 0;
  while (from < most && old[from] === other[from]) from++;
  let same = 0;
  while (same < most - from && old.at(-1 - same) === other.at(-1 - same)) same++;
  const start = Math.max(0, from - before);
  const shown = (text: string): string => {
    const part = text.slice(start, Math.min(text.length, text.length - same + before));
    const rest = part.length - longest;
    const cut = rest > 0 ? `${part.slice(0, longest)}… (${rest} characters more)` : part;
    return `${start > 0 ? '…' : ''}${cut}`.toWellFormed();
  };
  return `${what} when the run began:\n${shown(old)}\n\n${what} now:\n${shown(other)}`;
}
