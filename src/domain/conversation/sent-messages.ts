import type { ContentBlock, Gist, KeptBlock, KeptMessage, Message, ToolUseBlock } from './conversation.ts';
import { fitCalls } from './fit-calls.ts';
import { gistBlock, gistIn } from './gist.ts';

/** How much of a view is sent. */
export interface Trim {
  /** Of messages before this depth no results of tools are sent, but how they begin; 0: of all. */
  results: number;
  /** First message after the first one; null: the view's own. */
  from: string | null;
  /** Longest result in the newest message, in characters; null: any. */
  longest: number | null;
  /** What stands for the messages before `from`; null: the view's own, if it has one. */
  gist: Gist | null;
}

/** What is sent of a view that is not trimmed more than it says itself. */
export const wholeView: Trim = { results: 0, from: null, longest: null, gist: null };

type View = readonly (KeptMessage & { depth?: number })[];

/** How much is sent of a result that is left out, in characters. */
const beginning = 200;

/**
 * A conversation as providers take it: every call under a fit name and an id of its own, every result under the id of its call.
 *
 * What is stored by now is fit already; answers of earlier versions, and those of two conversations that became one, need not be.
 */
export function toSent(view: View, trim = wholeView): Message[] {
  return withoutEmpty(sentOfEach(view, trim));
}

/** The same, message by message: what there is nothing of is not left out. */
export function sentOfEach(view: View, trim: Trim): Message[] {
  const results = Math.max(trim.results, trimmedBefore(view));
  const gist = trim.gist ?? gistIn(view);
  const taken: string[] = [];
  let asked: string[] = [];
  return view.map(({ role, content, depth = Infinity }, at): Message => {
    if (role === 'user') {
      const most = depth < results ? beginning : at === view.length - 1 ? trim.longest : null;
      const sent = withResults(content.flatMap(sentBlocks), asked, most);
      return { role, content: at === 0 && gist ? [...sent, gistBlock(gist)] : sent };
    }
    const fit = withFitCalls(content, taken);
    asked = fit.filter(isCall).map(({ id }) => id);
    taken.push(...asked);
    return { role, content: withoutLastThoughts(fit.flatMap(sentBlocks)) };
  });
}

// No provider takes an answer back that ends with a thought, as one does that was cut behind it.
function withoutLastThoughts(content: ContentBlock[]): ContentBlock[] {
  const last = content.findLastIndex(({ type }) => type !== 'thinking' && type !== 'redacted_thinking');
  return last === content.length - 1 ? content : content.slice(0, last + 1);
}

// No provider takes an answer back in which there is nothing: what is said after it is said before it.
function withoutEmpty(messages: Message[]): Message[] {
  if (messages.every(({ content }) => content.length > 0)) return messages;
  const kept: Message[] = [];
  for (const [at, message] of messages.entries()) {
    const last = kept.at(-1);
    const isAfterEmpty = messages[at - 1]?.content.length === 0;
    if (message.content.length === 0) continue;
    if (isAfterEmpty && last?.role === message.role) last.content = [...last.content, ...message.content];
    else kept.push({ ...message });
  }
  return kept;
}

/** Before which depth no results are sent, as a view says itself; 0: all are. */
function trimmedBefore(view: readonly KeptMessage[]): number {
  const depths = view.flatMap(({ content }) =>
    content.flatMap((block) => (block.type === 'trimmed' ? [block.results] : [])),
  );
  return Math.max(0, ...depths);
}

/** Ids of all calls of a conversation that is sent. */
export function idsOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ content }) => content.filter(isCall).map(({ id }) => id));
}

/** The blocks of an answer, its calls made fit (see fit-calls.ts). */
export function withFitCalls(content: readonly KeptBlock[], taken: Iterable<string>): KeptBlock[] {
  const calls = fitCalls(content.filter(isCall), taken);
  let place = 0;
  return content.map((block) => (isCall(block) ? calls[place++]! : block));
}

function isCall(block: KeptBlock): block is ToolUseBlock {
  return block.type === 'tool_use';
}

// What is the store's own is left out.
function sentBlocks(block: KeptBlock): ContentBlock[] {
  if (block.type === 'unfinished' || block.type === 'pieces' || block.type === 'trimmed' || block.type === 'notes')
    return [];
  if (block.type !== 'tool_use' || block.problem === undefined) return [block];
  const { problem: _problem, ...call } = block;
  return [call];
}

// Results come in the order of the calls.
function withResults(content: readonly ContentBlock[], ids: readonly string[], most: number | null): ContentBlock[] {
  let place = 0;
  return content.map((block) => {
    if (block.type !== 'tool_result') return block;
    const id = ids[place++] ?? block.tool_use_id;
    const text = most === null ? block.content : beginningOf(block.content, most);
    return id === block.tool_use_id && text === block.content ? block : { ...block, tool_use_id: id, content: text };
  });
}

function beginningOf(text: string, most: number): string {
  const note = `\n[the other ${text.length - most} characters are left out, as the conversation became too long: call the tool again if you need them]`;
  return text.length <= most + note.length ? text : `${text.slice(0, most).toWellFormed()}…${note}`;
}
