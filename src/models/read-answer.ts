import type { ContentBlock } from '../domain/conversation/conversation.ts';
import type { ToldUsage } from '../domain/money/usage.ts';
import { fromWireName } from '../domain/tool-names.ts';
import type { OpenForeign } from './foreign-block.ts';
import { beginForeign, endForeign, extendForeign, isOwnSearch } from './foreign-block.ts';
import type { ModelAnswer, StopReason } from './model.ts';
import { ModelError } from './model.ts';
import type { OpenCall } from './read-call.ts';
import { brokenInput, toJson, toToolUse } from './read-call.ts';
import type { WireUsage } from './read-usage.ts';
import { UsageReader } from './read-usage.ts';
import { endless, WrongServerError } from './wrong-server.ts';

// Rules:
// R1 An answer counts only when its stream came to its last event; what comes behind that is no part of it. Where no reason to stop was told
//    by then, it is the one that the answer itself shows.
// R2 A tool call that was cut off leaves without its input and with the reason why it cannot run, one that belongs to a refusal not at all.
// R3 A tool call that is broken for another reason makes the whole answer a broken stream, and so does an end that is missing behind its
//    reason: it is asked for again, and comes with what can be kept of it, for whoever has asked again already.
// R4 An answer is bounded while it is read: what is longer than any is none, one of more blocks or calls than any is taken for one that was
//    cut, and a call whose input nests deeper than anything can keep it stays, without its input and with the reason why it cannot run.
// R5 Nothing has the type that it should have before it was looked at.
// R6 Blocks are told apart by their beginnings; an index only says which one a piece belongs to, until the next begins with it.
// R7 What the model thought leaves as it came, or not at all where its signature is missing: no provider takes it back then.
// R8 A block of a kind that nobody here knows is kept as it came and sent back; one that did not come whole is left out.

/** Longest answer: characters of its texts and inputs, and number of its blocks. */
const mostCharacters = 4_000_000;
const mostBlocks = 10_000;
/** Most calls of one answer: each is an activity, and a workflow, in which many tasks may be, has room for 2,000. */
const mostCalls = 200;

/** One event of a stream: the fields that are read here. */
export interface StreamEvent {
  type: string;
  index?: number;
  message?: { usage?: WireUsage };
  content_block?: Thoughts & {
    type: string;
    text?: string;
    id?: string;
    name?: string;
    input?: unknown;
    data?: string;
  };
  delta?: Thoughts & { type?: string; text?: string; partial_json?: string; stop_reason?: string | null };
  usage?: WireUsage;
}

/** Reasons to stop that leave an answer, and what it asks for, unfinished. */
const cutting: ReadonlySet<StopReason> = new Set(['max_tokens', 'model_context_window_exceeded']);

interface Thoughts {
  thinking?: string;
  signature?: string;
}

type OpenBlock = OpenWords | OpenCall | OpenForeign;

type OpenWords =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string };

/** Puts an answer together from the events of its stream. */
export class AnswerReader {
  private readonly blocks: OpenBlock[] = [];
  private readonly open = new Map<number, OpenBlock>();
  private readonly counted = new UsageReader();
  private stopReason: string | null = null;
  private hasEnd = false;
  private isStopped = false;
  private characters = 0;
  private calls = 0;
  private isFull = false;
  private readonly onText: ((delta: string) => void) | undefined;

  constructor(onText?: (delta: string) => void) {
    this.onText = onText;
  }

  /** What the provider has counted so far. */
  get usage(): ToldUsage {
    return this.counted.soFar;
  }

  /** Whether the last event has come. */
  get isWhole(): boolean {
    return this.isStopped;
  }

  /** Whether nothing more is taken: the answer has more parts than any can have. */
  get isCut(): boolean {
    return this.isFull;
  }

  /** Takes the next event; kinds of events that it does not know are passed over. @throws WrongServerError when the answer is longer than any can be */
  add(event: StreamEvent): void {
    if (this.isFull || this.isStopped) return;
    const block = this.open.get(event.index ?? -1);
    switch (event.type) {
      case 'message_start':
        return this.counted.begin(event.message?.usage);
      case 'content_block_start':
        return this.begin(event.index ?? -1, event.content_block);
      case 'content_block_delta':
        return this.extend(block, event.delta);
      case 'content_block_stop':
        if (block?.type === 'tool_use' || block?.type === 'foreign') block.isClosed = true;
        return;
      case 'message_delta':
        this.hasEnd = true;
        this.stopReason = textOf(event.delta?.stop_reason) || this.stopReason;
        return this.counted.count(event.usage);
      case 'message_stop':
        this.isStopped = true;
        return;
      // Other servers' last word. It is one only behind the end of an answer.
      case 'done':
        this.isStopped = this.hasEnd;
    }
  }

  /** The whole answer. @throws ModelError `broken-stream` when the stream did not come to its end, or a tool call is broken */
  finish(): ModelAnswer {
    const stopReason = this.isFull ? 'max_tokens' : (toStopReason(this.stopReason) ?? this.shownReason());
    const early = 'the answer ended before it was whole';
    if (stopReason === null) throw new ModelError('broken-stream', early);
    if (!this.isFull && isBrokenOff(this.stopReason))
      throw new ModelError(
        'broken-stream',
        `the answer broke off, as its server says (${this.stopReason!.slice(0, 100)})`,
      );
    const content: ContentBlock[] = [];
    // All of it was told by then, and is paid for (R3).
    let broken = this.isWhole || this.isFull ? null : early;
    for (const block of this.blocks) {
      if (block.type !== 'tool_use') {
        const said = block.type === 'foreign' ? endForeign(block) : isSayable(block) ? block : null;
        if (said) content.push(said);
        continue;
      }
      const call = stopReason === 'refusal' ? null : toToolUse(block, cutting.has(stopReason));
      if (call) content.push(call);
      if (call?.problem === brokenInput) broken ??= `the call of ${block.name} arrived broken`;
    }
    const answer = { content, stopReason, usage: this.counted.whole(content.length > 0) };
    if (stopReason === 'tool_use' && !content.some((block) => block.type === 'tool_use')) {
      broken = 'the answer asks for a tool that did not arrive';
      answer.stopReason = 'end_turn';
    }
    if (broken === null) return answer;
    throw new ModelError('broken-stream', broken, { kept: answer });
  }

  // R1
  private shownReason(): StopReason | null {
    if (!this.isWhole) return null;
    return this.blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn';
  }

  // R6
  private begin(index: number, start: StreamEvent['content_block']): void {
    if (start?.type === 'tool_use') this.calls++;
    if (this.blocks.length >= mostBlocks || this.calls > mostCalls) {
      this.isFull = true;
      return;
    }
    this.open.delete(index);
    const block = start && this.toBlock(start);
    if (!block) return;
    this.open.set(index, block);
    this.blocks.push(block);
  }

  private toBlock(start: NonNullable<StreamEvent['content_block']>): OpenBlock | null {
    switch (start.type) {
      case 'text':
        return { type: 'text', text: this.take(start.text) };
      case 'thinking':
        return { type: 'thinking', ...this.thoughts(start) };
      case 'redacted_thinking':
        return { type: 'redacted_thinking', data: this.take(start.data) };
      case 'tool_use': {
        const call = { type: 'tool_use' as const, id: textOf(start.id), name: fromWireName(textOf(start.name)) };
        return { ...call, json: this.take(toJson(start.input)), isAtBeginning: true, isClosed: false };
      }
      default: {
        if (isOwnSearch(start)) this.counted.search();
        const foreign = beginForeign(start);
        if (foreign) this.take(foreign.json);
        return foreign;
      }
    }
  }

  private extend(block: OpenBlock | undefined, delta: StreamEvent['delta']): void {
    if (block?.type === 'text' && delta?.type === 'text_delta') {
      const text = this.take(delta.text);
      block.text += text;
      if (text !== '') this.onText?.(text);
    }
    if (block?.type === 'thinking' && delta) {
      const { thinking, signature } = this.thoughts(delta);
      block.thinking += thinking;
      block.signature += signature;
    }
    if (block?.type === 'foreign' && delta) this.take(extendForeign(block, delta));
    if (block?.type === 'tool_use' && delta?.type === 'input_json_delta') {
      const json = this.take(delta.partial_json);
      if (json === '') return;
      block.json = block.isAtBeginning ? json : block.json + json;
      block.isAtBeginning = false;
    }
  }

  private thoughts({ thinking, signature }: Thoughts): Required<Thoughts> {
    return { thinking: this.take(thinking), signature: this.take(signature) };
  }

  // R4, R5
  private take(value: unknown): string {
    const text = textOf(value);
    this.characters += text.length;
    if (this.characters <= mostCharacters) return text;
    throw new WrongServerError(endless);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

// R7
function isSayable(block: OpenWords): boolean {
  if (block.type === 'text') return block.text !== '';
  return (block.type === 'thinking' ? block.signature : block.data) !== '';
}

// An answer that was cut or kept back is none that ended, in whichever words other servers say so.
const otherWords: readonly [RegExp, StopReason][] = [
  [/^(length|max_?(output_?|new_?|completion_?)?tokens|max_?length|token_limit|truncated|incomplete)$/, 'max_tokens'],
  [/context_?(window|length|size|limit)|^model_length$/, 'model_context_window_exceeded'],
  [
    /filter|refus|safety|blocked|blocklist|prohibited|spii|recitation|sensitive|guardrail|moderat|policy|violation|censor|flagged/,
    'refusal',
  ],
];
const brokenOff = /error|abort|cancel|interrupt|timed?_?out|fail|insufficient|malformed|disconnect/;

function toStopReason(reason: string | null): StopReason | null {
  const name = reason?.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  switch (name) {
    case undefined:
      return null;
    case 'end_turn':
    case 'tool_use':
    case 'max_tokens':
    case 'stop_sequence':
    case 'refusal':
    case 'pause_turn':
    case 'model_context_window_exceeded':
      return name;
    default:
      return otherWords.find(([words]) => words.test(name))?.[1] ?? 'end_turn';
  }
}

function isBrokenOff(reason: string | null): boolean {
  return toStopReason(reason) === 'end_turn' && brokenOff.test(reason!.toLowerCase());
}
