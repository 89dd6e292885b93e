import type { JsonObject } from '../../domain/json.ts';
import type { Decision, SessionEnd } from '../runner.ts';
import { toOwnCall } from './claude-tools.ts';
import { isObject, textIn } from '../values.ts';

interface Known {
  /** Its last words, where the result has none. */
  lastText: string;
  /** What it said last of an error of the provider. */
  retry: string;
  /** What was said of calls, by their ids. */
  decided: ReadonlyMap<string, Decision>;
}

/** How a session ended, by the program's line `result`: its `subtype` alone says `success` also when the provider was down (U2). */
export function endOfResult(line: JsonObject, { lastText, retry, decided }: Known): SessionEnd {
  const text = textIn(line['result']) || lastText;
  const output = line['structured_output'];
  const words = { type: 'end' as const, text, ...(output !== undefined && { output }) };
  const why = textIn(line['terminal_reason']);
  const subtype = textIn(line['subtype']) ?? 'no subtype';
  if (why === 'tool_deferred') {
    const call = deferredIn(line);
    if (call) return { ...words, status: 'deferred', reason: `${call.tool} waits for somebody`, call };
    return { ...words, status: 'failed', reason: 'claude put a call off and does not say which' };
  }
  if (subtype === 'error_max_turns' || why === 'max_turns')
    return { ...words, status: 'limit', reason: 'it used up its turns' };
  if (why === 'api_error') return { ...words, status: 'refused', reason: text || retry || 'the provider refused' };
  if (line['is_error'] === true || subtype !== 'success' || (why !== null && why !== 'completed')) {
    const reason = `claude ended with ${subtype}${why === null ? '' : `, ${why}`}: ${errorsIn(line) || text}`;
    return { ...words, status: 'failed', reason: reason.slice(0, 2000).toWellFormed() };
  }
  const tools = denialsIn(line, decided);
  if (tools.length === 0) return { ...words, status: 'finished', reason: 'it says that it is done' };
  return { ...words, status: 'denied', reason: `claude itself refused ${tools.join(', ')}`, tools };
}

function deferredIn(line: JsonObject): Extract<SessionEnd, { status: 'deferred' }>['call'] | null {
  const call = line['deferred_tool_use'];
  if (!isObject(call)) return null;
  const { id, name, input } = call;
  if (typeof id !== 'string' || typeof name !== 'string' || !isObject(input)) return null;
  return { id, tool: name, input, own: toOwnCall(name, input) };
}

// Those that nobody here refused.
function denialsIn(line: JsonObject, decided: ReadonlyMap<string, Decision>): string[] {
  const denials = line['permission_denials'];
  if (!Array.isArray(denials)) return [];
  const unasked = denials
    .filter(isObject)
    .filter(({ tool_use_id: id }) => !(typeof id === 'string' && decided.has(id)));
  return [...new Set(unasked.map(({ tool_name: name }) => textIn(name) ?? 'a tool'))];
}

function errorsIn(line: JsonObject): string {
  const { errors } = line;
  return Array.isArray(errors) ? errors.filter((each) => typeof each === 'string').join('; ') : '';
}
