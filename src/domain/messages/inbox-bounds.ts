import { plural } from '../format.ts';

/** What one turn shows of the messages to its conversation, at most. */
export const inboxBounds = {
  messages: 100,
  /** UTF-8 bytes of their texts and data. One that has more by itself is shown as far as they reach. */
  bytes: 65_536,
  /** Waiting ones that it looks at, of those that can be folded and of the others; the rest waits for the next turn. */
  lookedAt: 1000,
} as const;

/** Most senders that a summary names. */
const mostNamed = 20;

/** Older messages in one sentence, in place of their texts. `canRead`: the agent has the tool that lists them. */
export function foldedText(folded: readonly { fromContext: string }[], canRead: boolean): string {
  const counts = new Map<string, number>();
  for (const { fromContext } of folded) counts.set(fromContext, (counts.get(fromContext) ?? 0) + 1);
  const byCount = [...counts].toSorted(([, a], [, b]) => b - a);
  const named = byCount.slice(0, mostNamed).map(([from, count]) => `${count} from ${from}`);
  const others = byCount.slice(mostNamed).reduce((sum, [, count]) => sum + count, 0);
  const all = [...named, ...(others > 0 ? [`${others} from others`] : [])].join(', ');
  const more = canRead ? ' To read them, use inbox with {"folded": true}.' : '';
  return `[${plural(folded.length, 'older message')} to you, not shown as more came than a turn has room for: ${all}. Nobody waits for an answer to them.${more}]`;
}

/** That messages are still to come. */
export function laterText(count: number): string {
  return `[${plural(count, 'more message')} to you did not fit in here, questions among them perhaps: they come with your next turn.]`;
}
