/*
 * What chunks of Chat Completions mean, as events of the Messages API:
 *
 * C1 A call is told apart by its beginning (a new index, or another id); an index only says which one a piece belongs to.
 * C2 What is told of tokens counts with the reason to stop, or after it. The chunk without choices behind it is the last one.
 */
import type { StreamEvent } from '../read-answer.ts';
import type { WireUsage } from '../read-usage.ts';
import type { RawEvent } from '../wire-event.ts';
import type { Fields } from './read-json.ts';
import { isRecord, readJson, recordsOf, textOf } from './read-json.ts';
import { toWireUsage } from './wire-usage.ts';

/** A reader of one answer of Chat Completions, streamed or whole. */
export function createChatReader(): (raw: RawEvent) => StreamEvent[] {
  const reader = new ChatReader();
  return (raw) => reader.read(raw);
}

const isAnswer = ({ choices, object }: Fields): boolean =>
  Array.isArray(choices) || (typeof object === 'string' && object.startsWith('chat.completion'));

interface OpenCall {
  block: number;
  id: string;
}

class ChatReader {
  private hasBegun = false;
  private hasEnded = false;
  private refused = false;
  private blocks = 0;
  private text: number | null = null;
  private readonly calls = new Map<unknown, OpenCall>();
  private readonly open: number[] = [];
  private usage: WireUsage | undefined;

  read(raw: RawEvent): StreamEvent[] {
    const chunk = readJson(raw, isAnswer);
    if (chunk === null) return [];
    if (chunk === 'done') return [{ type: 'done' }];
    const events: StreamEvent[] = this.hasBegun ? [] : [{ type: 'message_start', message: {} }];
    this.hasBegun = true;
    this.usage = toWireUsage(chunk['usage']) ?? this.usage;
    const choices = recordsOf(chunk['choices']);
    const choice = choices.find(({ index }) => index === 0 || index === undefined);
    const isCounted = this.hasEnded && isRecord(chunk['usage']);
    if (choice) events.push(...this.take(choice));
    if (isCounted) events.push(usageEvent(this.usage));
    if (isCounted && choices.length === 0) events.push({ type: 'message_stop' });
    if (choice && isRecord(choice['message'])) events.push({ type: 'message_stop' });
    return events;
  }

  private take({ delta, message, finish_reason: reason }: Fields): StreamEvent[] {
    const said = isRecord(message) ? message : isRecord(delta) ? delta : {};
    const events = [...this.words(said['content']), ...this.refusal(said['refusal'])];
    for (const call of recordsOf(said['tool_calls'])) events.push(...this.call(call, isRecord(message)));
    if (typeof reason !== 'string' || reason === '') {
      // A body is whole: without a reason, it is what it shows.
      return isRecord(message) ? [...events, ...this.end(null)] : events;
    }
    return [...events, ...this.end(reason)];
  }

  private words(content: unknown): StreamEvent[] {
    // Some servers send parts instead of text.
    const text =
      typeof content === 'string'
        ? content
        : recordsOf(content)
            .map((part) => textOf(part['text']))
            .join('');
    if (text === '') return [];
    const events: StreamEvent[] = [];
    if (this.text === null) {
      this.text = this.blocks++;
      events.push({ type: 'content_block_start', index: this.text, content_block: { type: 'text', text: '' } });
    }
    return [...events, { type: 'content_block_delta', index: this.text, delta: { type: 'text_delta', text } }];
  }

  private refusal(words: unknown): StreamEvent[] {
    if (textOf(words) === '') return [];
    this.refused = true;
    return this.words(words);
  }

  // C1
  private call({ index, id, function: asked }: Fields, isWhole: boolean): StreamEvent[] {
    const { name, arguments: input } = isRecord(asked) ? asked : {};
    const known = isWhole ? undefined : this.calls.get(index);
    const isSame = known && (textOf(id) === '' || textOf(id) === known.id);
    const events: StreamEvent[] = [];
    const block = isSame ? known.block : this.blocks++;
    if (!isSame) {
      this.text = null;
      this.open.push(block);
      this.calls.set(index, { block, id: textOf(id) });
      const start = { type: 'tool_use', id: textOf(id), name: textOf(name), input: isRecord(input) ? input : {} };
      events.push({ type: 'content_block_start', index: block, content_block: start });
    }
    if (typeof input === 'string') {
      events.push({
        type: 'content_block_delta',
        index: block,
        delta: { type: 'input_json_delta', partial_json: input },
      });
    }
    return events;
  }

  // C2
  private end(reason: string | null): StreamEvent[] {
    this.hasEnded = true;
    const stopReason = this.refused ? 'refusal' : reason === null ? null : (reasons[reason] ?? reason);
    const stops = this.open.splice(0).map((index): StreamEvent => ({ type: 'content_block_stop', index }));
    return [...stops, { ...usageEvent(this.usage), delta: { stop_reason: stopReason } }];
  }
}

const reasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  tool_calls: 'tool_use',
  function_call: 'tool_use',
};

function usageEvent(usage: WireUsage | undefined): StreamEvent {
  return { type: 'message_delta', ...(usage && { usage }) };
}
