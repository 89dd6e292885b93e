import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { ModelError } from '../../../src/models/model.ts';
import type { StreamEvent } from '../../../src/models/read-answer.ts';
import { AnswerReader } from '../../../src/models/read-answer.ts';
import { fc, runs } from '../../support/base/properties.ts';

function toolStream(json: string, stopReason: string, isClosed = true): StreamEvent[] {
  return [
    { type: 'message_start', message: { usage: { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 4 } } },
    {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'bash', input: {} },
    },
    { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: json } },
    ...(isClosed ? [{ type: 'content_block_stop', index: 0 }] : []),
    { type: 'message_delta', delta: { stop_reason: stopReason }, usage: { output_tokens: 30 } },
    { type: 'message_stop' },
  ];
}

function readAll(events: StreamEvent[]): AnswerReader {
  const reader = new AnswerReader();
  for (const event of events) reader.add(event);
  return reader;
}

/** A call that was cut: what is known of it. */
const cutCall = {
  type: 'tool_use',
  name: 'bash',
  input: {},
  problem: expect.stringContaining('did not run') as string,
};

function isBroken(reader: AnswerReader): boolean {
  try {
    reader.finish();
    return false;
  } catch (error) {
    return error instanceof ModelError && error.kind === 'broken-stream';
  }
}

describe('AnswerReader', () => {
  it('takes the last word on usage, number by number', () => {
    const { usage } = readAll(toolStream('{}', 'tool_use')).finish();
    expect(usage).toEqual({ inputTokens: 10, outputTokens: 30, cacheReadTokens: 4, cacheWriteTokens: 0 });
  });

  it('takes missing JSON as no parameters, except where the answer was cut', () => {
    expect(readAll(toolStream('', 'tool_use')).finish().content).toMatchObject([{ input: {} }]);
    expect(readAll(toolStream('', 'max_tokens')).finish().content).toMatchObject([cutCall]);
  });

  it('takes a call that was still open for cut, even if its JSON parses', () => {
    expect(readAll(toolStream('{"a":1}', 'max_tokens', false)).finish().content).toMatchObject([cutCall]);
    expect(() => readAll(toolStream('{"a":1}', 'tool_use', false)).finish()).toThrow(ModelError);
  });

  it('takes the input of a call from its pieces, and from its beginning where none come', () => {
    const [start, begun, piece, ...end] = toolStream('{"a":1}', 'tool_use');
    const whole = { ...begun!, content_block: { ...begun!.content_block!, input: { a: 1 } } };
    const content = [{ type: 'tool_use', id: 'toolu_1', name: 'bash', input: { a: 1 } }];
    const nothing = { ...piece!, delta: { type: 'input_json_delta', partial_json: '' } };
    for (const pieces of [[piece!], [nothing, piece!], [nothing], []]) {
      expect(readAll([start!, whole, ...pieces, ...end]).finish().content).toEqual(content);
    }
  });

  it('takes nothing for a part of the answer that comes behind its end', () => {
    const events = toolStream('{"a":1}', 'tool_use');
    const { content, usage } = readAll([...events, ...toolStream('{"b":1}', 'end_turn')]).finish();
    expect({ content, usage }).toEqual({
      content: [{ type: 'tool_use', id: 'toolu_1', name: 'bash', input: { a: 1 } }],
      usage: readAll(events).finish().usage,
    });
  });

  it('keeps no word of what a cut call was to do', () => {
    const { content } = readAll(toolStream('{"command":"rm', 'max_tokens')).finish();
    expect(content).toEqual([
      { ...cutCall, id: 'toolu_1', problem: expect.stringContaining('call of bash') as string },
    ]);
    expect(readAll(toolStream('{}', 'max_tokens')).finish().content[0]).not.toHaveProperty('problem');
  });

  it('keeps thoughts as they came with their signature, and none without', () => {
    const think = (index: number, deltas: StreamEvent['delta'][], start = {}): StreamEvent[] => [
      { type: 'content_block_start', index, content_block: { type: 'thinking', ...start } },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta }) as StreamEvent),
    ];
    const { content } = readAll([
      ...think(1, [
        { type: 'thinking_delta', thinking: 'so ' },
        { type: 'thinking_delta', thinking: 'be it' },
        { type: 'signature_delta', signature: 'EqQB' },
      ]),
      ...think(2, [], { thinking: 'whole', signature: 'EqQC' }),
      ...think(3, [{ type: 'thinking_delta', thinking: 'unsigned' }]),
      { type: 'content_block_start', index: 4, content_block: { type: 'redacted_thinking', data: 'secret' } },
      ...toolStream('{}', 'tool_use'),
    ]).finish();
    expect(content).toEqual([
      { type: 'thinking', thinking: 'so be it', signature: 'EqQB' },
      { type: 'thinking', thinking: 'whole', signature: 'EqQC' },
      { type: 'redacted_thinking', data: 'secret' },
      { type: 'tool_use', id: 'toolu_1', name: 'bash', input: {} },
    ]);
  });

  it.each([0, undefined, -1, '0', Number.NaN])(
    'loses nothing of an answer whose blocks all have the index %j',
    (value) => {
      const index = value as number;
      const text = (at: number): StreamEvent[] => [
        { type: 'content_block_start', index: at, content_block: { type: 'text', text: 'both' } },
        { type: 'content_block_stop', index: at },
      ];
      const [first, second] = ['{"a":1}', '{"b":2}'].map((json) => toolStream(json, 'tool_use').slice(1, 4));
      const end = toolStream('', 'tool_use').slice(4);
      const events = [...text(0), ...first!, ...second!].map((event) => ({ ...event, index }));
      expect(readAll([...events, ...end]).finish().content).toMatchObject([
        { type: 'text', text: 'both' },
        { name: 'bash', input: { a: 1 } },
        { name: 'bash', input: { b: 2 } },
      ]);
    },
  );

  it.each(['length', 'MAX_TOKENS', 'max_output_tokens', 'maxTokens', 'token_limit'])(
    'takes an answer that other servers say was cut (%s) for cut, with its call',
    (reason) => {
      const { stopReason, content } = readAll(toolStream('{"command":"rm', reason)).finish();
      expect(stopReason).toBe('max_tokens');
      expect(content).toMatchObject([{ type: 'tool_use', input: {} }]);
    },
  );

  it.each([
    'content_filter',
    'SAFETY',
    'contentFiltered',
    'guardrail_intervened',
    'PROHIBITED_CONTENT',
    'policy_violation',
  ])('takes an answer that other servers kept back (%s) for refused, without its call', (reason) => {
    const { stopReason, content } = readAll(toolStream('{"command":"ls"}', reason)).finish();
    expect({ stopReason, content }).toEqual({ stopReason: 'refusal', content: [] });
  });

  it.each(['error', 'insufficient_system_resource', 'MALFORMED_FUNCTION_CALL', 'cancelled'])(
    'takes one that its server says broke off (%s) for none',
    (reason) =>
      expect(() => readAll(toolStream('{"command":"ls"}', reason)).finish()).toThrow(`as its server says (${reason})`),
  );

  it.each([
    ['context_length_exceeded', 'model_context_window_exceeded'],
    ['TOOL_USE', 'tool_use'],
    ['tool_calls', 'end_turn'],
    ['banana', 'end_turn'],
  ])('takes %s for %s', (reason, wanted) => {
    expect(readAll(toolStream('{"command":"ls"}', reason)).finish().stopReason).toBe(wanted);
  });

  it.each(['[1]', '"text"', 'null', '7', '{"a":', '{]'])('takes %s for a broken call', (json) => {
    expect(() => readAll(toolStream(json, 'tool_use')).finish()).toThrow(/call of bash arrived broken/);
  });

  it('takes the first 200 calls of an answer, whole, and no more: a run has no room for thousands at once', () => {
    const call = (index: number): StreamEvent[] => [
      { type: 'content_block_start', index, content_block: { type: 'tool_use', id: `toolu_${index}`, name: 'bash' } },
      { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: `{"n":${index}}` } },
      { type: 'content_block_stop', index },
    ];
    const reader = readAll(Array.from({ length: 5000 }, (_, index) => call(index)).flat());
    expect(reader.isCut).toBe(true);
    const { content, stopReason } = reader.finish();
    expect(stopReason).toBe('max_tokens');
    expect(content.map((block) => (block.type === 'tool_use' ? [block.input, block.problem] : null))).toEqual(
      Array.from({ length: 200 }, (_, n) => [{ n }, undefined]),
    );
  });

  it('passes over blocks and events that it does not know', () => {
    const unknown: StreamEvent[] = [
      { type: 'content_block_start', index: 7, content_block: { type: 'thinking' } },
      { type: 'content_block_delta', index: 7, delta: { type: 'thinking_delta' } },
      { type: 'content_block_delta', index: 8, delta: { type: 'text_delta', text: 'nobody opened this' } },
      { type: 'something_new' },
    ];
    expect(readAll([...unknown, ...toolStream('{}', 'tool_use')]).finish().content).toHaveLength(1);
  });

  it('never lets a cut call through, wherever it was cut (10,000 cuts)', () => {
    const input = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { minKeys: 1 }) as fc.Arbitrary<JsonObject>;
    const isSafe = (value: JsonObject, at: number): boolean => {
      const json = JSON.stringify(value);
      const partial = json.slice(0, at % json.length);
      const [call] = readAll(toolStream(partial, 'max_tokens')).finish().content;
      const cannotRun = call?.type === 'tool_use' && call.problem !== undefined && Object.keys(call.input).length === 0;
      return cannotRun && (partial === '' || isBroken(readAll(toolStream(partial, 'tool_use'))));
    };
    fc.assert(fc.property(input, fc.nat(), isSafe), runs(10_000));
  });

  it('never answers from a stream that lacks its end', () => {
    const events = toolStream('{"a":1}', 'tool_use');
    for (let length = 0; length < events.length; length++) {
      expect(() => readAll(events.slice(0, length)).finish()).toThrow(/ended before it was whole/);
    }
  });
});
