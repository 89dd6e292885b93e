import type { ContentBlock, ToolUseBlock } from '../domain/conversation/conversation.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Usage } from '../domain/money/usage.ts';
import { noUsage } from '../domain/money/usage.ts';
import { fromWireName } from '../domain/tool-names.ts';
import type { ModelAnswer, StopReason } from './model.ts';
import { ModelError } from './model.ts';

// Rules:
// R1 An answer counts only when its stream came to `message_stop` with a stop reason.
// R2 A tool call that was cut off, or belongs to a refusal, never leaves this file: nobody can run it.
// R3 A tool call that is broken for another reason makes the whole answer a broken stream: it is asked for again.

/** One event of a stream: the fields that are read here. */
export interface StreamEvent {
  type: string;
  index?: number;
  message?: { usage?: WireUsage };
  content_block?: { type: string; text?: string; id?: string; name?: string; input?: JsonObject };
  delta?: { type?: string; text?: string; partial_json?: string; stop_reason?: string | null };
  usage?: WireUsage;
}

interface WireUsage {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  cache_creation_input_tokens?: number | null;
}

type OpenBlock =
  { type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; json: string; isClosed: boolean };

/** Puts an answer together from the events of its stream. */
export class AnswerReader {
  private readonly blocks = new Map<number, OpenBlock>();
  private counted: Usage = noUsage;
  private stopReason: string | null = null;
  private isStopped = false;
  private readonly onText: ((delta: string) => void) | undefined;

  constructor(onText?: (delta: string) => void) {
    this.onText = onText;
  }

  /** What the provider has counted so far. */
  get usage(): Usage {
    return this.counted;
  }

  /** Whether the last event has come. */
  get isWhole(): boolean {
    return this.isStopped;
  }

  /** Takes the next event; kinds of events and blocks that it does not know are passed over. */
  add(event: StreamEvent): void {
    const block = this.blocks.get(event.index ?? -1);
    switch (event.type) {
      case 'message_start':
        this.counted = merge(this.counted, event.message?.usage);
        return;
      case 'content_block_start':
        return this.open(event.index ?? -1, event.content_block);
      case 'content_block_delta':
        return this.extend(block, event.delta);
      case 'content_block_stop':
        if (block?.type === 'tool_use') block.isClosed = true;
        return;
      case 'message_delta':
        this.stopReason = event.delta?.stop_reason ?? this.stopReason;
        this.counted = merge(this.counted, event.usage);
        return;
      case 'message_stop':
        this.isStopped = true;
    }
  }

  /** The whole answer. @throws ModelError `broken-stream` when the stream did not come to its end, or a tool call is broken */
  finish(): ModelAnswer {
    if (this.stopReason === null || !this.isWhole) {
      throw new ModelError('broken-stream', 'the answer ended before it was whole: it will be asked for again');
    }
    const stopReason = toStopReason(this.stopReason);
    const content: ContentBlock[] = [];
    for (const block of this.blocks.values()) {
      if (block.type === 'text') {
        if (block.text !== '') content.push({ type: 'text', text: block.text });
        continue;
      }
      const call = stopReason === 'refusal' ? null : toToolUse(block, stopReason === 'max_tokens');
      if (call) content.push(call);
    }
    if (stopReason === 'tool_use' && !content.some((block) => block.type === 'tool_use')) {
      throw new ModelError(
        'broken-stream',
        'the answer asks for a tool that did not arrive: it will be asked for again',
      );
    }
    return { content, stopReason, usage: this.counted };
  }

  private open(index: number, start: StreamEvent['content_block']): void {
    if (start?.type === 'text') this.blocks.set(index, { type: 'text', text: start.text ?? '' });
    if (start?.type !== 'tool_use') return;
    const json = start.input && Object.keys(start.input).length > 0 ? JSON.stringify(start.input) : '';
    this.blocks.set(index, {
      type: 'tool_use',
      id: start.id ?? '',
      name: fromWireName(start.name ?? ''),
      json,
      isClosed: false,
    });
  }

  private extend(block: OpenBlock | undefined, delta: StreamEvent['delta']): void {
    if (block?.type === 'text' && delta?.type === 'text_delta' && delta.text) {
      block.text += delta.text;
      this.onText?.(delta.text);
    }
    if (block?.type === 'tool_use' && delta?.type === 'input_json_delta') block.json += delta.partial_json ?? '';
  }
}

function toToolUse(block: Extract<OpenBlock, { type: 'tool_use' }>, mayBeCut: boolean): ToolUseBlock | null {
  // A tool without parameters may come with no JSON at all; in an answer that was cut, nothing tells the two apart.
  const input = block.json === '' && !mayBeCut ? {} : parseObject(block.json);
  if (input && block.isClosed) return { type: 'tool_use', id: block.id, name: block.name, input };
  if (mayBeCut) return null;
  throw new ModelError('broken-stream', `the call of ${block.name} arrived broken: it will be asked for again`);
}

function parseObject(json: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}

function toStopReason(reason: string): StopReason {
  switch (reason) {
    case 'end_turn':
    case 'tool_use':
    case 'max_tokens':
    case 'stop_sequence':
    case 'refusal':
    case 'pause_turn':
      return reason;
    case 'model_context_window_exceeded':
      return 'max_tokens';
    default:
      return 'end_turn';
  }
}

/** Usage in a stream is cumulative: later numbers replace earlier ones. */
function merge(usage: Usage, wire: WireUsage | undefined): Usage {
  if (!wire) return usage;
  return {
    inputTokens: wire.input_tokens ?? usage.inputTokens,
    outputTokens: wire.output_tokens ?? usage.outputTokens,
    cacheReadTokens: wire.cache_read_input_tokens ?? usage.cacheReadTokens,
    cacheWriteTokens: wire.cache_creation_input_tokens ?? usage.cacheWriteTokens,
  };
}
