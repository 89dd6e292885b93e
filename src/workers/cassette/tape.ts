/*
 * T1 An answer is found by what is asked, whoever asks and whenever: tasks that run at once may come in any order.
 * T2 Of several that were asked the same, that of the same step is meant, else that of the same task, else the first. So nothing has to be
 *    remembered, and a worker that takes over from a killed one gives the same answers.
 * T3 A conversation that is sent shorter than it was recorded is found by its end: from its last answer on.
 * T4 Nothing of a cassette is walked once for each of its calls: heads and messages are looked at once, each from the one before it.
 */
import type { Cassette, TapeCall, TapeHead, TapeTool } from '../../domain/cassette/cassette.ts';
import { isOwnTool } from '../../domain/cassette/cassette.ts';
import { differenceOf } from '../../domain/cassette/tape-difference.ts';
import {
  conversationOf,
  headTexts,
  outputText,
  saidIn,
  toTapeCall,
  toTapeRequest,
} from '../../domain/cassette/tape-request.ts';
import type { JsonObject } from '../../domain/json.ts';
import { toWireName } from '../../domain/tool-names.ts';
import type { ModelRequest } from '../../models/model.ts';
import { digest, nothingSaid, sayMore, type SaidSoFar } from './said-so-far.ts';

/** What was recorded, by what is asked. */
export interface Tape {
  /** The recorded call that a request repeats; else why there is none, in lines for people. */
  findCall(request: ModelRequest): { call: TapeCall } | { step: string; difference: string[] };
  /** What a tool gave; undefined: nobody called it so. */
  findTool(call: { name: string; input: JsonObject; step: string; run: string }): TapeTool | undefined;
}

/** A cassette, and what was found in it when it was opened (T4). */
interface Opened {
  cassette: Cassette;
  /** What stands before a conversation, of each head. */
  heads: string[][];
  /** Of each message the conversation that ends with it. */
  said: SaidSoFar[];
}

/** A request that is looked for. */
interface Asked {
  /** Model, system prompt and tools. */
  head: string[];
  output: string;
  said: SaidSoFar;
  /** How many texts each conversation has that its own begins with. */
  beginnings: ReadonlyMap<string, number>;
  endsWithCall: boolean;
}

/** Opens what a cassette holds. */
export function openTape(cassette: Cassette): Tape {
  const opened = lookThrough(cassette);
  const { said, heads } = opened;
  const byKey = new Map<string, TapeCall[]>();
  const byEnd = new Map<string, TapeCall[]>();
  const tools = new Map<string, TapeTool[]>();
  const headKeys = heads.map(digest);
  for (const call of cassette.calls) {
    const head = [headKeys[call.head]!, outputText(call.output)];
    put(byKey, digest([...head, said[call.asked]!.whole]), call);
    put(byEnd, digest([...head, said[call.asked]!.end]), call);
  }
  for (const tool of cassette.tools) put(tools, digest([toTapeCall(tool.name, tool.input, cassette.run)]), tool);
  return {
    findCall(request) {
      const { run, step } = placeOf(request.callKey);
      const asked = askedIn(request, run);
      const { whole, end, count } = asked.said;
      const head = [digest(asked.head), asked.output];
      // Only what ends with a call of a tool: two conversations may end with the same words.
      const isShorter = (call: TapeCall): boolean => asked.endsWithCall && count < said[call.asked]!.count;
      const found = byKey.get(digest([...head, whole])) ?? byEnd.get(digest([...head, end]))?.filter(isShorter) ?? [];
      const call = nearest(found, step);
      return call ? { call } : { step, difference: explain(opened, request, asked) };
    },
    findTool: ({ name, input, step, run }) => nearest(tools.get(digest([toTapeCall(name, input, run)])) ?? [], step),
  };
}

// T4: a message stands behind the one that it follows.
function lookThrough(cassette: Cassette): Opened {
  const { messages, run } = cassette;
  const said: SaidSoFar[] = [];
  for (const message of messages) {
    const before = message.parent === null ? nothingSaid : said[message.parent]!;
    said.push(saidIn(message, run).reduce((so, text) => sayMore(so, message.role, text), before));
  }
  return { cassette, said, heads: cassette.heads.map((head) => headTexts(head, run)) };
}

function askedIn(request: ModelRequest, run: string): Asked {
  const beginnings = new Map<string, number>();
  let said = nothingSaid;
  let last = '';
  for (const message of request.messages) {
    for (const text of saidIn(message, run)) {
      said = sayMore(said, message.role, text);
      beginnings.set(said.whole, said.count);
      if (message.role === 'assistant') last = text;
    }
  }
  const [head, output] = [headTexts(headOf(request), run), outputText(request.output)];
  return { head, output, said, beginnings, endsWithCall: last.startsWith('[calls ') };
}

function headOf({ model, system, tools }: ModelRequest): TapeHead {
  return { model, system, tools: tools.map(({ name }) => toWireName(name)).filter(isOwnTool) };
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

function explain(opened: Opened, request: ModelRequest, asked: Asked): string[] {
  const { calls, heads, messages, run } = opened.cassette;
  if (calls.length === 0) return ['the cassette holds no call of a model'];
  const { run: asking, step } = placeOf(request.callKey);
  const same = calls.filter((call) => call.step === step);
  const ofTask = calls.filter((call) => taskOf(call.step) === taskOf(step));
  const candidates = [same, ofTask, calls].find(({ length }) => length > 0)!.slice(0, 100);
  const agreement = agreementWith(opened, asked);
  const best = candidates.reduce((found, each) => (agreement(each) > agreement(found) ? each : found));
  const recorded = { messages: conversationOf(messages, best.asked), output: best.output, run };
  const now = { messages: request.messages, output: request.output, run: asking };
  return differenceOf(toTapeRequest(heads[best.head]!, recorded), toTapeRequest(headOf(request), now));
}

/** How much of a recorded request is the same, from the beginning on. */
function agreementWith({ cassette, heads, said }: Opened, asked: Asked): (call: TapeCall) => number {
  const agreed: number[] = [];
  for (const [at, { parent }] of cassette.messages.entries())
    agreed.push(asked.beginnings.get(said[at]!.whole) ?? (parent === null ? 0 : agreed[parent]!));
  const before = [...asked.head, asked.output];
  return (call) => {
    const recorded = [...heads[call.head]!, outputText(call.output)];
    const at = recorded.findIndex((text, index) => text !== before[index]);
    return at === -1 ? recorded.length + agreed[call.asked]! : at;
  };
}

function put<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
