import type { SessionUpdate, ToolCall, ToolCallUpdate } from '@agentclientprotocol/sdk';
import type { RunnerEvent } from '../runner.ts';
import { resultOf, toCall } from './acp-tools.ts';

type Told = ToolCall | ToolCallUpdate;

/** Longest text between two calls that is kept, in characters: what is more is left out. */
const longestWords = 1_000_000;
/** So many calls an agent has under way at once at most. */
const mostCalls = 100;

/** What an agent tells in pieces, as events. What it says of tokens and money is left out (U4). */
export class AcpStory {
  /** The words since the last call. */
  #words = '';
  #lastText = '';
  /** Calls that have not ended, as far as they were told. */
  readonly #calls = new Map<string, { call: Told; isTold: boolean }>();
  /** Answers of the model's that had calls. */
  #rounds = 0;

  get lastText(): string {
    return this.#words || this.#lastText;
  }

  get rounds(): number {
    return this.#rounds;
  }

  /** Whether a call has begun and not ended. */
  get isInRound(): boolean {
    return this.#calls.size > 0;
  }

  /** Whether more calls are under way than any agent makes. */
  get isOverfull(): boolean {
    return this.#calls.size > mostCalls;
  }

  read(update: SessionUpdate): RunnerEvent[] {
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
        if (update.content.type === 'text')
          this.#words += update.content.text.slice(0, longestWords - this.#words.length);
        return [];
      case 'tool_call':
      case 'tool_call_update':
        return this.#onCall(update);
      default:
        return [];
    }
  }

  /** The call that the agent asks about, with what was told of it before. */
  asked(update: ToolCallUpdate): { call: Told; events: RunnerEvent[] } {
    const call = this.#merge(update);
    return { call, events: this.#tell(update.toolCallId) };
  }

  /** The words that nothing came after. */
  flush(): RunnerEvent[] {
    const text = this.#words;
    if (text === '') return [];
    [this.#words, this.#lastText] = ['', text];
    return [{ type: 'text', text }];
  }

  #onCall(update: Told): RunnerEvent[] {
    const { status, toolCallId: id } = update;
    // Some tell more of a call that has ended: nothing of it is news.
    if (!this.#calls.has(id) && !('sessionUpdate' in update && update.sessionUpdate === 'tool_call')) return [];
    const call = this.#merge(update);
    if (status !== 'completed' && status !== 'failed') return [];
    const events = this.#tell(id);
    this.#calls.delete(id);
    return [...events, { type: 'tool-result', id, ok: status === 'completed', text: resultOf(call) }];
  }

  #merge(update: Told): Told {
    const known = this.#calls.get(update.toolCallId);
    if (!known && this.#calls.size === 0) this.#rounds += 1;
    // What is left out stays as it was.
    const news = Object.fromEntries(
      Object.entries(update).filter(([, value]) => value !== undefined && value !== null),
    );
    const call = { ...known?.call, ...news } as Told;
    this.#calls.set(update.toolCallId, { call, isTold: known?.isTold ?? false });
    return call;
  }

  // Once, when all is known of it: its input comes after its beginning.
  #tell(id: string): RunnerEvent[] {
    const known = this.#calls.get(id);
    if (!known || known.isTold) return [];
    known.isTold = true;
    return [...this.flush(), { type: 'tool-call', ...toCall(known.call) }];
  }
}
