import type { KeptMessage } from './conversation.ts';

/**
 * Where the view of a conversation begins after trimming.
 *
 * Above `maxMessages` the view goes once down to half, so that its beginning, and with it the provider's cached prefix,
 * stays the same for many turns. The first message is always kept and not counted here.
 *
 * @param rest messages after the first one, oldest first
 * @returns index into `rest` of the first message to keep; 0 keeps all. It never separates a tool request from its result.
 */
export function trimStart(rest: readonly KeptMessage[], maxMessages: number): number {
  if (rest.length + 1 <= maxMessages) return 0;
  const wanted = rest.length + 1 - Math.floor(maxMessages / 2);
  for (let index = wanted; index < rest.length; index++) {
    if (beginsTurn(rest[index]!)) return index;
  }
  for (let index = Math.min(wanted, rest.length) - 1; index > 0; index--) {
    if (beginsTurn(rest[index]!)) return index;
  }
  return 0;
}

/** Whether a kept view may begin with a message: it is an answer (the first user message stands before it), or answers no tool. */
export function beginsTurn(message: KeptMessage): boolean {
  if (message.role === 'assistant') return true;
  return !message.content.some((block) => block.type === 'tool_result');
}
