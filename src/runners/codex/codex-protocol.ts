import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { parseJson } from '../../domain/parse-json.ts';
import type { RunnerEvent, SessionEnd } from '../runner.ts';
import type { Exit, Protocol } from '../session.ts';
import { endedWithoutWords } from '../session.ts';
import { isObject, textIn } from '../values.ts';
import { callIn, resultIn } from './codex-tools.ts';

/**
 * The program's story, a JSON line each; it reads none once it has its prompt.
 *
 * It says nothing of its turns. Calls that run at the same time are of one answer of the model's: a round. The round of the last turn that it
 * may take ends it.
 */
export class CodexProtocol implements Protocol {
  readonly #maxTurns: number;
  readonly #wantsOutput: boolean;
  readonly #running = new Set<string>();
  #rounds = 0;
  #lastText = '';
  #lastError = '';

  constructor({ maxTurns, wantsOutput }: { maxTurns: number; wantsOutput: boolean }) {
    this.#maxTurns = maxTurns;
    this.#wantsOutput = wantsOutput;
  }

  read(line: string): ReturnType<Protocol['read']> {
    const value = parseJson(line);
    if (!isObject(value)) return {};
    const { item } = value;
    switch (value['type']) {
      case 'item.started':
        return isObject(item) ? { events: this.#began(item) } : {};
      case 'item.completed':
        return isObject(item) ? this.#completed(item) : {};
      case 'error':
        this.#lastError = textIn(value['message']) ?? '';
        return {};
      case 'turn.completed':
        return { events: [this.#finished()], isLast: true };
      case 'turn.failed':
        return { events: [this.#failed(value['error'])], isLast: true };
      default:
        return {};
    }
  }

  // It asks nobody, and hears nothing.
  answer(): null {
    return null;
  }

  say(): null {
    return null;
  }

  endedBy(exit: Exit, stderr: string): SessionEnd {
    return endedWithoutWords('codex', exit, { stderr: this.#lastError || stderr, text: this.#lastText });
  }

  #began(item: JsonObject): RunnerEvent[] {
    const call = callIn(item);
    if (!call) return [];
    if (this.#running.size === 0) this.#rounds += 1;
    this.#running.add(call.id);
    return [{ type: 'tool-call', ...call }];
  }

  #completed(item: JsonObject): ReturnType<Protocol['read']> {
    if (item['type'] === 'agent_message') {
      const text = textIn(item['text']) ?? '';
      this.#lastText = text;
      return text === '' ? {} : { events: [{ type: 'text', text }] };
    }
    const call = callIn(item);
    if (!call) return {};
    // Some are told only when they are done.
    const began = this.#running.has(call.id) ? [] : this.#began(item);
    this.#running.delete(call.id);
    const events: RunnerEvent[] = [...began, { type: 'tool-result', id: call.id, ...resultIn(item) }];
    if (this.#running.size > 0 || this.#rounds < this.#maxTurns) return { events };
    return { events, cut: { type: 'end', status: 'limit', reason: 'it used up its turns', text: this.#lastText } };
  }

  #finished(): SessionEnd {
    const end = {
      type: 'end' as const,
      status: 'finished' as const,
      reason: 'it says that it is done',
      text: this.#lastText,
    };
    const output = this.#wantsOutput ? parseJson(this.#lastText) : undefined;
    return output === undefined ? end : { ...end, output };
  }

  #failed(error: JsonValue | undefined): SessionEnd {
    const reason =
      (isObject(error) ? textIn(error['message']) : null) || this.#lastError || 'codex does not say why it failed';
    return { type: 'end', status: 'refused', reason, text: this.#lastText };
  }
}
