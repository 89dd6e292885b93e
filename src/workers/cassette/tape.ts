/*
 * T1 An answer is found by what is asked, whoever asks and whenever: tasks that run at once may come in any order.
 * T2 Of several that were asked the same, that of the same step is meant, else that of the same task, else the first. So nothing has to be
 *    remembered, and a worker that takes over from a killed one gives the same answers.
 * T3 A conversation that is sent shorter than it was recorded is found by its end: from its last answer on.
 */
import { createHash } from 'node:crypto';
import type { Cassette, TapeCall, TapeTool } from '../../domain/cassette/cassette.ts';
import { isOwnTool } from '../../domain/cassette/cassette.ts';
import { agreement, differenceOf } from '../../domain/cassette/tape-difference.ts';
import type { TapeRequest } from '../../domain/cassette/tape-request.ts';
import { conversationOf, toTapeCall, toTapeRequest } from '../../domain/cassette/tape-request.ts';
import type { JsonObject } from '../../domain/json.ts';
import { toWireName } from '../../domain/tool-names.ts';
import type { ModelRequest } from '../../models/model.ts';

/** What was recorded, by what is asked. */
export interface Tape {
  /** The recorded call that a request repeats; else why there is none, in lines for people. */
  findCall(request: ModelRequest): { call: TapeCall } | { step: string; difference: string[] };
  /** What a tool gave; undefined: nobody called it so. */
  findTool(call: { name: string; input: JsonObject; step: string; run: string }): TapeTool | undefined;
}

interface Recorded {
  call: TapeCall;
  request: TapeRequest;
}

/** Opens what a cassette holds. */
export function openTape(cassette: Cassette): Tape {
  const byKey = new Map<string, TapeCall[]>();
  const byEnd = new Map<string, TapeCall[]>();
  const tools = new Map<string, TapeTool[]>();
  for (const call of cassette.calls) {
    const { request } = recordedOf(cassette, call);
    put(byKey, keyOf(request), call);
    put(byEnd, endOf(request), call);
  }
  for (const tool of cassette.tools) put(tools, hash(toTapeCall(tool.name, tool.input, cassette.run)), tool);
  return {
    findCall(asked) {
      const { run, step } = placeOf(asked.callKey);
      const request = askedRequest(asked, run);
      const shorter = (byEnd.get(endOf(request)) ?? []).filter((call) => isShorter(request, cassette, call));
      const call = nearest(byKey.get(keyOf(request)) ?? shorter, step);
      return call ? { call } : { step, difference: explain(cassette, request, step) };
    },
    findTool: ({ name, input, step, run }) => nearest(tools.get(hash(toTapeCall(name, input, run))) ?? [], step),
  };
}

function recordedOf(cassette: Cassette, call: TapeCall): Recorded {
  const asked = { messages: conversationOf(cassette.messages, call.asked), output: call.output, run: cassette.run };
  return { call, request: toTapeRequest(cassette.heads[call.head]!, asked) };
}

function askedRequest({ model, system, tools, messages, output }: ModelRequest, run: string): TapeRequest {
  const names = tools.map(({ name }) => toWireName(name)).filter(isOwnTool);
  return toTapeRequest({ model, system, tools: names }, { messages, output, run });
}

/** Which run asks, and for which step of it. A call that was made shorter has the place of the one that it is made for. */
export function placeOf(callKey: string): { run: string; step: string } {
  const [, workflow = '', step = callKey] = /^(.+?):[0-9a-f-]{36}\/(.+?)(?:\/shorter-\d+)?$/.exec(callKey) ?? [];
  return { run: workflow.split('/')[0]!, step };
}

// T2
function nearest<Entry extends { step: string }>(entries: readonly Entry[], step: string): Entry | undefined {
  const task = taskOf(step);
  return entries.find((each) => each.step === step) ?? entries.find((each) => taskOf(each.step) === task) ?? entries[0];
}

function taskOf(step: string): string {
  return step.slice(0, step.lastIndexOf('~'));
}

function keyOf({ parts }: TapeRequest): string {
  return hash(JSON.stringify(parts));
}

// T3
function endOf({ parts }: TapeRequest): string {
  const head = parts.slice(0, headParts);
  const from = parts.findLastIndex(({ name }) => name.startsWith('assistant'));
  return hash(JSON.stringify([...head, ...parts.slice(Math.max(headParts, from))].map(({ text }) => text)));
}

const headParts = 4;

// Only what ends with a call of a tool: two conversations may end with the same words.
function isShorter(request: TapeRequest, cassette: Cassette, call: TapeCall): boolean {
  const last = request.parts.findLast(({ name }) => name.startsWith('assistant'));
  const { parts } = recordedOf(cassette, call).request;
  return last?.text.startsWith('[calls ') === true && request.parts.length < parts.length;
}

function explain(cassette: Cassette, asked: TapeRequest, step: string): string[] {
  if (cassette.calls.length === 0) return ['the cassette holds no call of a model'];
  const same = cassette.calls.filter((call) => call.step === step);
  const ofTask = cassette.calls.filter((call) => taskOf(call.step) === taskOf(step));
  const candidates = [same, ofTask, cassette.calls].find(({ length }) => length > 0)!.slice(0, 100);
  const [first, ...others] = candidates.map((call) => recordedOf(cassette, call));
  const best = others.reduce(
    (found, each) => (agreement(each.request, asked) > agreement(found.request, asked) ? each : found),
    first!,
  );
  return differenceOf(best.request, asked);
}

function put<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
