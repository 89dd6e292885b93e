/*
 * What events of the Responses API mean, as events of the Messages API:
 *
 * P1 An item is known by its place in the output, or by its id where no place is told. What came in pieces is not taken again from the last event. Words and arguments come in pieces; where none came, the whole item has them.
 * P2 Of all other items only the whole counts: what was thought, and what the provider did by itself, goes back as it came.
 * P3 What cannot be sent back is left out: thoughts without their sealed form, as nothing is stored with the provider.
 */
import { ProviderSaysError } from '../provider-error.ts';
import type { StreamEvent } from '../read-answer.ts';
import type { RawEvent } from '../wire-event.ts';
import type { Fields } from './read-json.ts';
import { isRecord, readJson, recordsOf, textOf } from './read-json.ts';
import { toWireUsage } from './wire-usage.ts';

/** A reader of one answer of the Responses API, streamed or whole. */
export function createResponsesReader(): (raw: RawEvent) => StreamEvent[] {
  const reader = new ResponsesReader();
  return (raw) => reader.read(raw);
}

const isAnswer = ({ type, object }: Fields): boolean =>
  object === 'response' || (typeof type === 'string' && type.startsWith('response.'));

interface OpenItem {
  /** Block of the call, or of each text by its place in the item. */
  blocks: Map<unknown, number>;
  hasPieces: boolean;
  isDone: boolean;
}

const ended = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled']);

class ResponsesReader {
  private hasBegun = false;
  private refused = false;
  private hasCalls = false;
  private blocks = 0;
  private readonly items = new Map<unknown, OpenItem>();

  read(raw: RawEvent): StreamEvent[] {
    const event = readJson(raw, isAnswer);
    if (event === null) return [];
    if (event === 'done') return [{ type: 'done' }];
    const events: StreamEvent[] = this.hasBegun ? [] : [{ type: 'message_start', message: {} }];
    this.hasBegun = true;
    return [...events, ...this.meaning(event)];
  }

  private meaning(event: Fields): StreamEvent[] {
    const type = textOf(event['type']);
    if (event['object'] === 'response') return this.end(event);
    if (ended.has(type)) return this.end(isRecord(event['response']) ? event['response'] : {});
    const { content_index: part, delta } = event;
    const at = placeOf(event);
    switch (type) {
      case 'response.output_item.added':
        return this.begin(at, event['item']);
      case 'response.output_item.done':
        return this.whole(at, event['item']);
      case 'response.refusal.delta':
        this.refused = true;
        return this.words(at, part, textOf(delta));
      case 'response.output_text.delta':
        return this.words(at, part, textOf(delta));
      case 'response.function_call_arguments.delta':
        return this.input(at, textOf(delta));
      default:
        return [];
    }
  }

  private item(at: unknown): OpenItem {
    const known = this.items.get(at);
    if (known) return known;
    const item = { blocks: new Map<unknown, number>(), hasPieces: false, isDone: false };
    this.items.set(at, item);
    return item;
  }

  private begin(at: unknown, item: unknown): StreamEvent[] {
    const { blocks } = this.item(at);
    if (!isRecord(item) || item['type'] !== 'function_call' || blocks.size > 0) return [];
    this.hasCalls = true;
    const index = this.blocks++;
    blocks.set(null, index);
    const id = textOf(item['call_id']) || textOf(item['id']);
    const start = { type: 'tool_use', id, name: textOf(item['name']), input: {} };
    return [{ type: 'content_block_start', index, content_block: start }];
  }

  private words(at: unknown, part: unknown, text: string): StreamEvent[] {
    if (text === '') return [];
    const item = this.item(at);
    item.hasPieces = true;
    const known = item.blocks.get(part);
    const index = known ?? this.blocks++;
    const piece: StreamEvent = { type: 'content_block_delta', index, delta: { type: 'text_delta', text } };
    if (known !== undefined) return [piece];
    item.blocks.set(part, index);
    return [{ type: 'content_block_start', index, content_block: { type: 'text', text: '' } }, piece];
  }

  private input(at: unknown, json: string): StreamEvent[] {
    const item = this.item(at);
    const index = item.blocks.get(null);
    if (index === undefined || json === '') return [];
    item.hasPieces = true;
    return [{ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: json } }];
  }

  // P1, P2
  private whole(at: unknown, item: unknown): StreamEvent[] {
    const open = this.item(at);
    if (!isRecord(item) || open.isDone) return [];
    open.isDone = true;
    switch (item['type']) {
      case 'message':
        return open.hasPieces ? [] : this.message(at, recordsOf(item['content']));
      case 'function_call': {
        const begun = this.begin(at, item);
        const input = open.hasPieces ? [] : this.input(at, textOf(item['arguments']));
        return [...begun, ...input, { type: 'content_block_stop', index: open.blocks.get(null)! }];
      }
      default:
        return this.other(item);
    }
  }

  private message(at: unknown, parts: Fields[]): StreamEvent[] {
    return parts.flatMap(({ type, text, refusal }, place) => {
      if (type === 'refusal') this.refused = true;
      return this.words(at, place, textOf(type === 'refusal' ? refusal : text));
    });
  }

  // P3
  private other(item: Fields): StreamEvent[] {
    const type = textOf(item['type']);
    const isLost = type === 'reasoning' && textOf(item['encrypted_content']) === '';
    if (type === '' || isLost || ownKinds.has(type)) return [];
    const index = this.blocks++;
    return [
      { type: 'content_block_start', index, content_block: { ...item, type } },
      { type: 'content_block_stop', index },
    ];
  }

  private end(response: Fields): StreamEvent[] {
    const isFirst = this.items.size === 0;
    const rest = recordsOf(response['output']).flatMap((item, place) => {
      const at = [place, item['id']].find((each) => this.items.has(each));
      return isFirst || at !== undefined ? this.whole(at ?? place, item) : [];
    });
    const { status, error, incomplete_details: details } = response;
    if (status === 'failed') throw new ProviderSaysError({ error: error ?? 'the answer failed' });
    const usage = toWireUsage(response['usage']);
    const reason = this.reasonOf(textOf(status), isRecord(details) ? textOf(details['reason']) : '');
    return [
      ...rest,
      { type: 'message_delta', delta: { stop_reason: reason }, ...(usage && { usage }) },
      { type: 'message_stop' },
    ];
  }

  private reasonOf(status: string, why: string): string {
    if (this.refused) return 'refusal';
    if (status === 'incomplete') return why || 'incomplete';
    if (status === 'cancelled') return status;
    return this.hasCalls ? 'tool_use' : 'end_turn';
  }
}

function placeOf({ output_index: place, item_id: id, item }: Fields): unknown {
  return place ?? id ?? (isRecord(item) ? item['id'] : undefined);
}

/** Kinds of block of ours, which no item of this wire is. */
const ownKinds = new Set(['text', 'tool_use', 'tool_result', 'thinking', 'redacted_thinking']);
