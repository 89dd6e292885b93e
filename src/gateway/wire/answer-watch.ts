/*
 * Looks on while an answer passes: what it is billed with, and whether it came to its end.
 *
 * W1 Nothing is changed, and nothing is held up: what cannot be read says nothing.
 * W2 Of a stream those few events are read that tell something; the others are told apart by their names.
 * W3 Only an answer that came to its end without an error is one that can be given again.
 * W4 Where a chat's stream was not asked to tell its tokens, they are estimated from all that came.
 */
import type { ToldUsage } from '../../domain/money/usage.ts';
import { parseJson } from '../../domain/parse-json.ts';
import { charactersPerToken } from '../../models/estimate.ts';
import { isRecord, recordsOf, textOf } from '../../models/openai/read-json.ts';
import { toWireUsage } from '../../models/openai/wire-usage.ts';
import { isErrorShape } from '../../models/provider-error.ts';
import { UsageReader } from '../../models/read-usage.ts';
import { EventLines } from './event-lines.ts';
import type { Wire } from './wires.ts';

type Fields = Record<string, unknown>;

/** What an answer came to. */
export interface Watched {
  /** It came to its end, and is no error. */
  isWhole: boolean;
  usage: ToldUsage;
  /** How its text begins; '': it has none. */
  text: string;
}

/** What a piece of a chat's answer says: text, thoughts, and what tools are to do. */
const said = /"(?:content|reasoning|reasoning_content|refusal|name|arguments)"\s*:\s*"((?:[^"\\]|\\.)+)"/g;

/** So much of an answer's text is looked at. */
const mostOfText = 300;

/** Watches one answer. */
export class AnswerWatch {
  private readonly usage = new UsageReader();
  private readonly events: EventLines | null;
  private readonly wire: Wire;
  private readonly pieces: Uint8Array[] = [];
  private text = '';
  /** Bytes of all that a chat's answer says: its end may not tell its tokens (W4). */
  private came = 0;
  private hasEnd = false;
  private isOver = false;
  private isError = false;
  private hasBegun = false;

  constructor(wire: Wire, contentType: string) {
    this.wire = wire;
    const isStream = /^text\/event-stream\b/i.test(contentType);
    this.events = isStream ? new EventLines((name, data) => this.event(name, data)) : null;
  }

  /** Whether it is read as it comes; else its end is its last byte. */
  get isStream(): boolean {
    return this.events !== null;
  }

  /** Whether the event has begun to come with which it ends. */
  get isEnding(): boolean {
    return this.isOver || this.isError;
  }

  push(piece: Uint8Array): void {
    if (this.events) return this.events.push(piece);
    this.begin();
    this.pieces.push(piece);
  }

  /** `isComplete`: the provider ended it, and it did not break off. */
  finish(isComplete: boolean): Watched {
    if (this.events) this.events.end();
    else if (isComplete) this.whole(parseJson(Buffer.concat(this.pieces).toString()));
    const isWhole = isComplete && !this.isError && (this.isOver || this.hasEnd);
    if (!isWhole) return { isWhole, usage: this.usage.soFar, text: this.text };
    const usage = this.usage.whole(this.text !== '');
    const isTold = this.came === 0 || !usage.unknown?.includes('output');
    return {
      isWhole,
      usage: isTold ? usage : { ...usage, came: Math.ceil(this.came / charactersPerToken) },
      text: this.text,
    };
  }

  private event(name: string | null, data: string): void {
    if (data === '[DONE]') {
      this.isOver = this.hasEnd;
      return;
    }
    // What has begun is paid for, whether or not anything is told of it before its end.
    if (this.wire !== 'messages') this.begin();
    // W2
    const type = name ?? /"type"\s*:\s*"([a-z_.]+)"/.exec(data.slice(0, 200))?.[1] ?? null;
    if (type === 'error') this.isError = true;
    else if (this.wire === 'messages') this.messageEvent(type, data);
    else if (this.wire === 'responses') this.responseEvent(type, data);
    else this.chunk(data);
  }

  private messageEvent(type: string | null, data: string): void {
    switch (type) {
      case 'message_start':
        this.hasBegun = true;
        return this.usage.begin(fieldOf(fieldOf(parseJson(data), 'message'), 'usage'));
      case 'content_block_start':
        if (data.includes('"server_tool_use"') && data.includes('"web_search"')) this.usage.search();
        return;
      case 'content_block_delta':
        if (this.text.length < mostOfText && data.includes('"text_delta"'))
          this.say(fieldOf(fieldOf(parseJson(data), 'delta'), 'text'));
        return;
      case 'message_delta':
        this.hasEnd = true;
        return this.usage.count(fieldOf(parseJson(data), 'usage'));
      case 'message_stop':
        this.isOver = true;
    }
  }

  private responseEvent(type: string | null, data: string): void {
    if (type === 'response.output_text.delta') {
      if (this.text.length < mostOfText) this.say(fieldOf(parseJson(data), 'delta'));
    } else if (type === 'response.completed' || type === 'response.incomplete') {
      this.response(fieldOf(parseJson(data), 'response'));
    } else if (type === 'response.failed' || type === 'response.cancelled') {
      this.isError = true;
      this.count(fieldOf(fieldOf(parseJson(data), 'response'), 'usage'));
    }
  }

  private chunk(data: string): void {
    if (data.startsWith('{"error"')) this.isError = true;
    for (const [, words] of data.matchAll(said)) this.came += Buffer.byteLength(words!);
    const isWords = this.text.length < mostOfText && data.includes('"content"');
    const isLast = data.includes('"usage":{') || data.includes('"usage": {') || /"finish_reason"\s*:\s*"/.test(data);
    if (!isWords && !isLast) return;
    const body = parseJson(data);
    if (!isRecord(body)) return;
    if (isRecord(body['usage'])) this.count(body['usage']);
    for (const choice of recordsOf(body['choices'])) {
      this.hasEnd ||= typeof choice['finish_reason'] === 'string';
      this.say(fieldOf(choice['delta'], 'content'));
    }
  }

  private whole(body: unknown): void {
    if (!isRecord(body) || isErrorShape(body)) {
      this.isError = true;
    } else if (this.wire === 'responses') {
      this.response(body);
    } else if (this.wire === 'chat') {
      this.count(body['usage']);
      const choices = recordsOf(body['choices']);
      this.isOver = choices.length > 0;
      for (const choice of choices) this.say(fieldOf(choice['message'], 'content'));
    } else {
      this.usage.begin(body['usage']);
      this.usage.count(body['usage']);
      this.isOver = Array.isArray(body['content']);
      for (const block of recordsOf(body['content'])) this.say(block['text']);
    }
  }

  private response(response: unknown): void {
    if (!isRecord(response)) return;
    const { status, output } = response;
    this.count(response['usage']);
    for (const item of recordsOf(output)) {
      if (item['type'] === 'web_search_call') this.usage.search();
      if (this.text === '') for (const part of recordsOf(item['content'])) this.say(part['text']);
    }
    if (status === 'failed' || status === 'cancelled') this.isError = true;
    // One that goes on by itself has not come to its end; servers that speak like this may leave the word out.
    else this.isOver = status === undefined || status === 'completed' || status === 'incomplete';
  }

  private count(told: unknown): void {
    this.begin();
    this.usage.count(toWireUsage(told));
  }

  private begin(): void {
    if (!this.hasBegun) this.usage.begin(undefined);
    this.hasBegun = true;
  }

  private say(words: unknown): void {
    if (this.text.length < mostOfText) this.text += textOf(words).slice(0, mostOfText);
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return isRecord(value) ? (value as Fields)[name] : undefined;
}
