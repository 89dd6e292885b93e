import type { ContentBlock, Message } from '../domain/conversation/conversation.ts';
import { defaultProvider } from '../domain/money/model-table.ts';

/**
 * A conversation as one provider takes it back: without what only another one can read (what it thought, and blocks of its own).
 *
 * What was said, asked for and found out stays as it is, whoever said it. `model` narrows it to what that model made.
 */
export function ownBlocks(messages: readonly Message[], provider: string, model?: string): Message[] {
  const isOwn = ({ from = defaultProvider }: { from?: string }): boolean =>
    from === provider || (model !== undefined && from === ownerOf(provider, model));
  const isKept = (block: ContentBlock): boolean => !isPrivate(block) || isOwn(block);
  if (messages.every(({ content }) => content.every((block) => isKept(block) && !hasOwner(block))))
    return [...messages];
  const kept: Message[] = [];
  for (const { role, content } of messages) {
    const own = content.filter(isKept).map(withoutOwner);
    const last = kept.at(-1);
    if (own.length === 0) continue;
    // Nothing of an answer is left: what was said after it is said with what was said before it.
    if (last?.role === role) last.content = [...last.content, ...own];
    else kept.push({ role, content: own });
  }
  return kept;
}

/** An answer's blocks, those marked that nobody but its provider (and, where `model` is given, that model) can read. */
export function markOwn(content: readonly ContentBlock[], owner: string): ContentBlock[] {
  return content.map((block) => (isPrivate(block) && owner !== defaultProvider ? { ...block, from: owner } : block));
}

/** Who made a block, where it can be given back to one model alone. */
export function ownerOf(provider: string, model: string): string {
  return `${provider}/${model}`;
}

type PrivateBlock = Extract<ContentBlock, { from?: string }>;

function isPrivate(block: ContentBlock): block is PrivateBlock {
  return block.type === 'thinking' || block.type === 'redacted_thinking' || block.type === 'foreign';
}

function hasOwner(block: ContentBlock): boolean {
  return isPrivate(block) && block.from !== undefined;
}

function withoutOwner(block: ContentBlock): ContentBlock {
  if (!isPrivate(block) || block.from === undefined) return block;
  const { from: _from, ...rest } = block;
  return rest;
}
