import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { parseJson } from '../../domain/parse-json.ts';
import type { Decision, RunnerEvent, SessionEnd } from '../runner.ts';
import type { Exit, Protocol } from '../session.ts';
import { endedWithoutWords } from '../session.ts';
import { endOfResult } from './claude-result.ts';
import { isObject, textIn, textOf } from '../values.ts';
import { contentOf } from './claude-values.ts';
import { toOwnCall } from './claude-tools.ts';

/** What the program is asked of a call before it runs, and how it wants to be answered. */
type Asked = { requestId: string; input: JsonObject; form: 'hook' | 'prompt' };

/** Calls that are no work of an agent's: how it hands in an answer by a schema. */
const ownTools = ['StructuredOutput'];

/**
 * The program's stream of JSON lines, both ways.
 *
 * A call comes as a hook's question where rules decide, and may come once more as a question for a permission where the program itself has a
 * doubt: what was said of it counts for both.
 */
export class ClaudeProtocol implements Protocol {
  readonly #decides: boolean;
  readonly #asked = new Map<string, Asked>();
  /** What was said of calls, by their ids. */
  readonly #decided = new Map<string, Decision>();
  #lastText = '';
  #retry = '';

  constructor({ decides }: { decides: boolean }) {
    this.#decides = decides;
  }

  /** What it is told before anything else. */
  get greeting(): string {
    // Nobody's patience ends before that of whoever waits for a person.
    const hooks = { PreToolUse: [{ matcher: '*', hookCallbackIds: ['before'], timeout: 24 * 60 * 60 }] };
    const request = { subtype: 'initialize', ...(this.#decides && { hooks }) };
    return JSON.stringify({ type: 'control_request', request_id: 'initialize', request });
  }

  say(text: string): string {
    const message = { role: 'user', content: text };
    return JSON.stringify({ type: 'user', message, parent_tool_use_id: null });
  }

  read(line: string): ReturnType<Protocol['read']> {
    const value = parseJson(line);
    if (!isObject(value)) return {};
    switch (value['type']) {
      case 'assistant':
        return { events: this.#said(value) };
      case 'user':
        return { events: resultsIn(value) };
      case 'control_request':
        return this.#asks(value);
      case 'system':
        if (value['subtype'] === 'api_retry') this.#retry = textIn(value['error']) ?? '';
        return {};
      case 'result':
        return { events: [this.#endOf(value)], isLast: true };
      default:
        return {};
    }
  }

  answer(id: string, decision: Decision): string | null {
    const asked = this.#asked.get(id);
    if (!asked) return null;
    this.#asked.delete(id);
    this.#decided.set(id, decision);
    return replyTo(asked, decision);
  }

  endedBy(exit: Exit, stderr: string): SessionEnd {
    return endedWithoutWords('claude', exit, { stderr, text: this.#lastText });
  }

  // What agents of the agent say is work of theirs: they come in its calls.
  #said(line: JsonObject): RunnerEvent[] {
    if (line['parent_tool_use_id']) return [];
    return contentOf(line).flatMap((block): RunnerEvent[] => {
      const text = block['type'] === 'text' ? textIn(block['text']) : null;
      if (text !== null) this.#lastText = text;
      if (text !== null) return text === '' ? [] : [{ type: 'text', text }];
      const call = block['type'] === 'tool_use' ? callIn(block['id'], block['name'], block['input']) : null;
      return call && !ownTools.includes(call.tool) ? [{ type: 'tool-call', ...call }] : [];
    });
  }

  #asks(line: JsonObject): ReturnType<Protocol['read']> {
    const requestId = textIn(line['request_id']);
    const request = line['request'];
    if (requestId === null || !isObject(request)) return {};
    const hook = request['subtype'] === 'hook_callback' ? request['input'] : null;
    const form = isObject(hook) ? ('hook' as const) : ('prompt' as const);
    if (form === 'prompt' && request['subtype'] !== 'can_use_tool') return { write: [unknownRequest(requestId)] };
    const call = isObject(hook)
      ? callIn(hook['tool_use_id'], hook['tool_name'], hook['tool_input'])
      : callIn(request['tool_use_id'], request['tool_name'], request['input']);
    if (!call) return { write: [unknownRequest(requestId)] };
    const asked: Asked = { requestId, input: call.input, form };
    const known = this.#knownOf(call.id, call.tool);
    if (known) return { write: [replyTo(asked, known)] };
    this.#asked.set(call.id, asked);
    return { events: [{ type: 'permission', ...call }] };
  }

  // Nobody is asked twice, nor where no rule decides.
  #knownOf(id: string, tool: string): Decision | undefined {
    if (!this.#decides || ownTools.includes(tool)) return { outcome: 'allow' };
    return this.#decided.get(id);
  }

  #endOf(line: JsonObject): SessionEnd {
    return endOfResult(line, { lastText: this.#lastText, retry: this.#retry, decided: this.#decided });
  }
}

function callIn(id: JsonValue | undefined, name: JsonValue | undefined, input: JsonValue | undefined) {
  const [call, tool] = [textIn(id), textIn(name)];
  if (call === null || tool === null || !isObject(input)) return null;
  return { id: call, tool, input, own: toOwnCall(tool, input) };
}

function resultsIn(line: JsonObject): RunnerEvent[] {
  if (line['parent_tool_use_id']) return [];
  return contentOf(line).flatMap((block): RunnerEvent[] => {
    const id = block['type'] === 'tool_result' ? textIn(block['tool_use_id']) : null;
    if (id === null) return [];
    return [{ type: 'tool-result', id, ok: block['is_error'] !== true, text: textOf(block['content']) }];
  });
}

function replyTo({ requestId, input, form }: Asked, decision: Decision): string {
  return responseLine(requestId, form === 'hook' ? hookAnswer(decision) : promptAnswer(decision, input));
}

function hookAnswer(decision: Decision): JsonObject {
  const { outcome } = decision;
  const more: JsonObject = {
    ...(outcome === 'allow' && decision.input && { updatedInput: decision.input }),
    ...(outcome === 'deny' && { permissionDecisionReason: decision.reason }),
  };
  return { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: outcome, ...more } };
}

// Here nothing can be put off: it is asked again, by whoever is left.
function promptAnswer(decision: Decision, asked: JsonObject): JsonObject {
  if (decision.outcome === 'allow') return { behavior: 'allow', updatedInput: decision.input ?? asked };
  return { behavior: 'deny', message: decision.outcome === 'deny' ? decision.reason : 'Nobody answered yet.' };
}

function responseLine(requestId: string, response: JsonObject): string {
  return JSON.stringify({
    type: 'control_response',
    response: { subtype: 'success', request_id: requestId, response },
  });
}

function unknownRequest(requestId: string): string {
  const response = { subtype: 'error', request_id: requestId, error: 'unknown request' };
  return JSON.stringify({ type: 'control_response', response });
}
