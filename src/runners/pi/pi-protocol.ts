import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { parseJson } from '../../domain/parse-json.ts';
import { PutOffCall, endOnCall } from '../put-off.ts';
import type { Decision, ForeignCall, OwnCall, ResumeFrom, RunnerEvent, SessionEnd } from '../runner.ts';
import type { Exit, Protocol } from '../session.ts';
import { endedWithoutWords } from '../session.ts';
import { isObject, textIn, textOf } from '../values.ts';
import { askTitle } from './pi-files.ts';
import { toOwnCall } from './pi-tools.ts';

type Call = ForeignCall & { own: OwnCall };

/** The program's protocol: a JSON line each, both ways. */
export class PiProtocol implements Protocol {
  readonly #maxTurns: number;
  readonly #putOff: PutOffCall;
  /** Questions by the ids of their calls. */
  readonly #asked = new Map<string, { requestId: string; call: Call }>();
  /** What it was told and has not taken up yet. */
  readonly #unheard: string[] = [];
  #turns = 0;
  #lastText = '';
  #last: JsonObject = {};

  constructor({ maxTurns, from }: { maxTurns: number; from: ResumeFrom | null }) {
    this.#maxTurns = maxTurns;
    this.#putOff = new PutOffCall(from);
  }

  /** The line that gives it work. */
  prompt(message: string): string {
    return JSON.stringify({ id: 'prompt', type: 'prompt', message });
  }

  say(text: string): string {
    this.#unheard.push(text);
    return JSON.stringify({ type: 'steer', message: text });
  }

  read(line: string): ReturnType<Protocol['read']> {
    const value = parseJson(line);
    if (!isObject(value)) return {};
    switch (value['type']) {
      case 'response':
        return value['success'] === false ? { events: [refusedOrder(value)], isLast: true } : {};
      case 'message_end':
        return { events: this.#said(value['message']) };
      case 'tool_execution_end':
        return { events: resultIn(value) };
      case 'turn_end':
        return this.#turnEnded(value);
      case 'extension_ui_request':
        return this.#asks(value);
      case 'agent_end':
        return this.#ended();
      default:
        return {};
    }
  }

  answer(id: string, decision: Decision): string | SessionEnd | null {
    const asked = this.#asked.get(id);
    if (!asked) return null;
    this.#asked.delete(id);
    return decision.outcome === 'defer'
      ? endOnCall(asked.call, this.#lastText)
      : answerLine(asked.requestId, JSON.stringify(decision));
  }

  endedBy(exit: Exit, stderr: string): SessionEnd {
    return endedWithoutWords('pi', exit, { stderr, text: this.#lastText });
  }

  #said(message: JsonValue | undefined): RunnerEvent[] {
    if (!isObject(message)) return [];
    if (message['role'] === 'user') this.#heard(textOf(message['content']));
    if (message['role'] !== 'assistant') return [];
    this.#last = message;
    return blocksOf(message).flatMap((block): RunnerEvent[] => {
      const text = block['type'] === 'text' ? textIn(block['text']) : null;
      if (text !== null) this.#lastText = text;
      if (text !== null) return text === '' ? [] : [{ type: 'text', text }];
      const call = block['type'] === 'toolCall' ? callIn(block['id'], block['name'], block['arguments']) : null;
      return call ? [{ type: 'tool-call', ...call }] : [];
    });
  }

  #heard(text: string): void {
    const place = this.#unheard.indexOf(text);
    if (place >= 0) this.#unheard.splice(place, 1);
  }

  // A turn without calls is its last one, whatever its number.
  #turnEnded(line: JsonObject): ReturnType<Protocol['read']> {
    this.#turns += 1;
    const { message } = line;
    const goesOn = isObject(message) && blocksOf(message).some(({ type }) => type === 'toolCall');
    if (!goesOn || this.#turns < this.#maxTurns) return {};
    return { cut: { type: 'end', status: 'limit', reason: 'it used up its turns', text: this.#lastText } };
  }

  #asks(line: JsonObject): ReturnType<Protocol['read']> {
    const requestId = textIn(line['id']);
    const isDialog = ['input', 'select', 'confirm', 'editor'].includes(textIn(line['method']) ?? '');
    if (requestId === null || !isDialog) return {};
    const call = line['title'] === askTitle ? questionIn(line['placeholder']) : null;
    // Extensions of the project's may ask, too: nobody is there.
    if (!call) return { write: [JSON.stringify({ type: 'extension_ui_response', id: requestId, cancelled: true })] };
    const asked = { ...call, id: this.#putOff.idOf(call) };
    this.#asked.set(asked.id, { requestId, call: asked });
    return { events: [{ type: 'permission', ...asked }] };
  }

  #ended(): ReturnType<Protocol['read']> {
    if (this.#unheard.length > 0) return { write: [this.prompt(this.#unheard.splice(0).join('\n\n'))] };
    return { events: [endOf(this.#last, this.#lastText)], isLast: true };
  }
}

function endOf(last: JsonObject, text: string): SessionEnd {
  const why = textIn(last['stopReason']);
  const error = textIn(last['errorMessage']) ?? '';
  if (why === 'stop') return { type: 'end', status: 'finished', reason: 'it says that it is done', text };
  if (why === 'error') return { type: 'end', status: 'refused', reason: error || 'the provider refused', text };
  const reason = `pi ended with ${why ?? 'no reason'}${error && `: ${error}`}`;
  return { type: 'end', status: 'failed', reason, text };
}

function refusedOrder(line: JsonObject): SessionEnd {
  const reason = `pi refused ${textIn(line['command']) ?? 'an order'}: ${textIn(line['error']) ?? 'no reason'}`;
  return { type: 'end', status: 'failed', reason, text: '' };
}

function blocksOf({ content }: JsonObject): JsonObject[] {
  return Array.isArray(content) ? content.filter(isObject) : [];
}

function callIn(id: JsonValue | undefined, name: JsonValue | undefined, input: JsonValue | undefined): Call | null {
  const [call, tool] = [textIn(id), textIn(name)];
  if (call === null || tool === null || !isObject(input)) return null;
  return { id: call, tool, input, own: toOwnCall(tool, input) };
}

function questionIn(text: JsonValue | undefined): Call | null {
  const value = parseJson(textIn(text) ?? '');
  return isObject(value) ? callIn(value['id'], value['tool'], value['input']) : null;
}

function resultIn(line: JsonObject): RunnerEvent[] {
  const id = textIn(line['toolCallId']);
  const { result } = line;
  if (id === null) return [];
  const text = isObject(result) ? textOf(result['content']) : '';
  return [{ type: 'tool-result', id, ok: line['isError'] !== true, text }];
}

function answerLine(id: string, value: string): string {
  return JSON.stringify({ type: 'extension_ui_response', id, value });
}
