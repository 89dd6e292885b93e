import type { ContentBlock, KeptBlock, KeptMessage, Message } from './conversation.ts';
import type { CallNames } from './fit-calls.ts';
import { fitCalls } from './fit-calls.ts';

/** What stands for an answer without content, which no provider takes back. */
const noAnswer: ContentBlock = { type: 'text', text: '(no answer)' };

/**
 * A conversation as providers take it: every call under a fit name and an id of its own, every result under the id of its call.
 *
 * What is stored by now is fit already; answers of earlier versions, and those of two conversations that became one, need not be.
 */
export function toSent(view: readonly KeptMessage[]): Message[] {
  const taken: string[] = [];
  let asked: string[] = [];
  return view.map(({ role, content }) => {
    if (role === 'user') return { role, content: withIds(content.flatMap(sentBlocks), asked) };
    const fit = withFitCalls(content, taken);
    asked = fit.flatMap(callsIn).map(({ id }) => id);
    taken.push(...asked);
    const blocks = fit.flatMap(sentBlocks);
    return { role, content: blocks.length > 0 ? blocks : [noAnswer] };
  });
}

/** Ids of all calls of a conversation that is sent. */
export function idsOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ content }) => content.flatMap(callsIn).map(({ id }) => id));
}

/** The blocks of an answer, its calls made fit (see fit-calls.ts), those that were cut included. */
export function withFitCalls(content: readonly KeptBlock[], taken: Iterable<string>): KeptBlock[] {
  const calls = fitCalls<CallNames>(content.flatMap(callsIn), taken);
  let place = 0;
  return content.map((block) => {
    if (block.type === 'unfinished') return { ...block, calls: block.calls.map(() => calls[place++]!) };
    return block.type === 'tool_use' ? { ...block, ...calls[place++]! } : block;
  });
}

function callsIn(block: KeptBlock): CallNames[] {
  if (block.type === 'unfinished') return block.calls;
  return block.type === 'tool_use' ? [{ id: block.id, name: block.name }] : [];
}

// A model sees its call that was cut, without what it had written of it.
function sentBlocks(block: KeptBlock): ContentBlock[] {
  if (block.type !== 'unfinished') return [block];
  return block.calls.map(({ id, name }) => ({ type: 'tool_use', id, name, input: {} }));
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
