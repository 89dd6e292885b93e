import type { ContentBlock, Message, ToolUseBlock } from './conversation.ts';
import { fitCalls } from './fit-calls.ts';

/**
 * A conversation as providers take it: every call under a fit name and an id of its own, every result under the id of its call.
 *
 * What is stored by now is fit already; answers of earlier versions, and those of two conversations that became one, need not be.
 */
export function toSent(view: readonly Message[]): Message[] {
  const taken: string[] = [];
  let asked: string[] = [];
  return view.map(({ role, content }) => {
    if (role === 'user') return { role, content: withIds(content, asked) };
    const fit = withFitCalls(content, taken);
    asked = fit.filter(isCall).map(({ id }) => id);
    taken.push(...asked);
    return { role, content: fit };
  });
}

/** Ids of all calls of a conversation that is sent. */
export function idsOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ content }) => content.filter(isCall).map(({ id }) => id));
}

/** The blocks of an answer, its calls made fit (see fit-calls.ts). */
export function withFitCalls(content: readonly ContentBlock[], taken: Iterable<string>): ContentBlock[] {
  const calls = fitCalls(content.filter(isCall), taken);
  let place = 0;
  return content.map((block) => (isCall(block) ? calls[place++]! : block));
}

// Results come in the order of the calls.
function withIds(content: readonly ContentBlock[], ids: readonly string[]): ContentBlock[] {
  let place = 0;
  return content.map((block) => {
    const id = block.type === 'tool_result' ? ids[place++] : undefined;
    return block.type !== 'tool_result' || id === undefined || id === block.tool_use_id
      ? block
      : { ...block, tool_use_id: id };
  });
}

function isCall(block: ContentBlock): block is ToolUseBlock {
  return block.type === 'tool_use';
}
