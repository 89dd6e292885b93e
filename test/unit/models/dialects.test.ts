import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAnthropicModel } from '../../../src/models/anthropic.ts';
import type { ModelAnswer } from '../../../src/models/model.ts';
import { rawAnswer } from '../../support/model/raw-model.ts';
import type { WireAnswer, WireServer } from '../../support/model/wire-server.ts';
import { body, events, json, startWireServer } from '../../support/model/wire-server.ts';
import { call, failureOf } from './model-fixture.ts';

const stream = rawAnswer({ text: 'Grüße 🙂' }).join('');
const usage = { input_tokens: 100, output_tokens: 20 };
const message = {
  ...{ id: 'msg_1', type: 'message', role: 'assistant', stop_reason: 'end_turn', usage },
  content: [{ type: 'text', text: 'Grüße 🙂' }],
};
const lines = stream
  .split('\n')
  .filter((line) => line.startsWith('data: '))
  .map((line) => line.slice(6));
const whole = { content: [{ type: 'text', text: 'Grüße 🙂' }], stopReason: 'end_turn' };
const type = (contentType: string) => ({ 'content-type': contentType });
const packed = (pack: (text: string) => Uint8Array, name: string, contentType = 'text/event-stream'): WireAnswer =>
  body(pack(contentType === 'text/event-stream' ? stream : JSON.stringify(message)), {
    ...{ 'content-type': contentType, 'content-encoding': name },
  });
const byteByByte =
  (text: string): WireAnswer =>
  async (response) => {
    response.writeHead(200, type('text/event-stream'));
    for (const byte of Buffer.from(text)) {
      response.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    response.end();
  };
const withoutEnd = stream.slice(0, stream.indexOf('event: message_stop'));
const endsWith = (delta: string, behind = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'): string =>
  `${stream.slice(0, stream.indexOf('event: message_delta'))}${delta}${behind}`;

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.close());

function ask(answer: WireAnswer): Promise<ModelAnswer> {
  server.answerWith(() => answer);
  return call(createAnthropicModel({ apiKey: 'k', baseURL: server.url, idleTimeoutMs: 5000 }));
}

const understood: [string, WireAnswer][] = [
  ['a stream with a charset', body(stream, type('text/event-stream; charset=utf-8'))],
  ['a stream in capitals', body(stream, type('Text/Event-Stream;charset=UTF-8'))],
  ['a stream that says nothing of its type', body(stream, {})],
  ['a stream that says it is words', body(stream, type('text/plain; charset=utf-8'))],
  ['a stream that says it is JSON', body(stream, type('application/json'))],
  ['a stream that says it is bytes', body(stream, type('application/octet-stream'))],
  ['a stream with a BOM', events(`\ufeff${stream}`)],
  ['a stream behind empty lines and words of its own', events(`\n\n: keep-alive\nretry: 100\n\n${stream}`)],
  ['a stream byte by byte', byteByByte(`\ufeff${stream}`)],
  ['a stream with CRLF', events(stream.replaceAll('\n', '\r\n'))],
  ['a stream with CR alone', events(stream.replaceAll('\n', '\r'))],
  ['a stream without names of events', events(lines.map((line) => `data: ${line}\n\n`).join(''))],
  [
    'a stream of events that have a name alone',
    events(stream.replace(/"type":"(message|content_block)_[a-z]+",?/g, '')),
  ],
  ['a stream whose names are all the same', events(stream.replaceAll(/^event: .*$/gm, 'event: message'))],
  ['a stream whose beginning tells nothing', events(stream.replace(/(event: message_start\ndata: ).*/, '$1null'))],
  ['a stream that ends as others do', events(`${withoutEnd}data: [DONE]\n\n`)],
  ['a stream with both ends', events(`${stream}data: [DONE]\n\n`)],
  ['a stream whose last line is not ended', events(stream.trimEnd())],
  ['gzip', packed(gzipSync, 'gzip')],
  ['gzip by its old name', packed(gzipSync, 'X-GZip')],
  ['deflate', packed(deflateSync, 'deflate')],
  ['deflate without its frame', packed(deflateRawSync, 'deflate')],
  ['brotli', packed(brotliCompressSync, 'br')],
  ['gzip that is not told', events(gzipSync(stream))],
  ['a stream that says it is gzip', body(stream, { ...type('text/event-stream'), 'content-encoding': 'gzip' })],
  [
    'JSON that says it is brotli',
    body(JSON.stringify(message), { ...type('application/json'), 'content-encoding': 'br' }),
  ],
  ['words that say they are packed as others', packed((text) => Buffer.from(text), 'aws-chunked')],
  ['UTF-16', events(Buffer.from(`\ufeff${stream}`, 'utf16le'))],
  ['UTF-16 without a mark', events(Buffer.from(stream, 'utf16le'))],
  ['UTF-16 the other way round', events(Buffer.from(`\ufeff${stream}`, 'utf16le').swap16())],
  ['JSON in gzip', packed(gzipSync, 'gzip', 'application/json')],
  ['nothing that is packed', packed((text) => Buffer.from(text), 'identity')],
  ['JSON', json(message)],
  ['JSON over many lines', body(JSON.stringify(message, null, 2), type('application/json'))],
  ['JSON with a BOM', body(`\ufeff${JSON.stringify(message)}\n`, type('application/json'))],
  ['JSON that says it is a stream', body(JSON.stringify(message), type('text/event-stream'))],
  ['JSON of words alone', json({ ...message, content: 'Grüße 🙂' })],
  ['JSON without a reason to stop', json({ ...message, stop_reason: null })],
  ['events line by line', body(`${lines.join('\n')}\n`, type('application/x-ndjson'))],
  ['events line by line, the last one open', body(lines.join('\r\n'), type('application/jsonl'))],
  ['a message on a line', body(`\n${JSON.stringify(message)}\n\n`, type('application/x-ndjson'))],
  [
    'no reason to stop',
    events(endsWith('data: {"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":20}}\n\n')),
  ],
  ['a reason that nobody knows', events(stream.replace('end_turn', 'banana'))],
  ['a stream that says it is a page', body(stream, type('text/html'))],
  ['a last event alone', events(endsWith(''))],
];

describe('an answer in another form', () => {
  it.each(understood)('is understood: %s', async (_, answer) => {
    await expect(ask(answer)).resolves.toMatchObject(whole);
  });

  it('is kept when it was cut anywhere in its last event', async () => {
    for (let end = withoutEnd.length; end < stream.length - 3; end += 7) {
      const failure = await failureOf(ask(events(stream.slice(0, end))));
      expect(failure).toMatchObject({ kind: 'broken-stream', kept: whole });
    }
  });

  it('is billed by what it tells, at its end alone too', async () => {
    const told = { inputTokens: 100, outputTokens: 20, cacheReadTokens: 0, cacheWriteTokens: 0 };
    expect((await ask(json(message))).usage).toEqual(told);
    const late = rawAnswer({ text: 'x', startUsage: null, endUsage: JSON.stringify(usage) }).join('');
    expect((await ask(events(late))).usage).toEqual(told);
    expect((await ask(json({ ...message, usage: undefined }))).usage.unknown).toEqual(['input', 'output']);
  });

  it('tells what its cache keeps for an hour, in one piece and in a stream', async () => {
    const parts = { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 50 };
    const cached = { ...usage, cache_creation_input_tokens: 80, cache_creation: parts };
    const told = { cacheWriteTokens: 80, cacheHourTokens: 50 };
    expect((await ask(json({ ...message, usage: cached }))).usage).toMatchObject(told);
    const stream = rawAnswer({ text: 'x', startUsage: JSON.stringify(cached) }).join('');
    expect((await ask(events(stream))).usage).toMatchObject(told);
  });

  it.each([
    ['an object', '{"path":"a"}', { path: 'a' }],
    ['text that holds an object', JSON.stringify('{"path":"a"}'), { path: 'a' }],
  ])('asks for a tool with an input that is %s', async (_, input, wanted) => {
    const content = [{ type: 'tool_use', id: 't1', name: 'filesystem', input: wanted }];
    const answer = { content, stopReason: 'tool_use' };
    await expect(
      ask(events(rawAnswer({ tool: { id: 't1', name: 'filesystem', input } }).join(''))),
    ).resolves.toMatchObject(answer);
    const block = { ...content[0], input: JSON.parse(input) as unknown };
    await expect(ask(json({ ...message, content: [block], stop_reason: null }))).resolves.toMatchObject(answer);
  });

  it('keeps blocks of kinds that nobody knows as they came, and leaves out what did not come whole', async () => {
    const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } };
    const found = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [{ encrypted_content: 'Eq' }] };
    const kept = [search, found].map((block) => ({ type: 'foreign', block }));
    const { content } = await ask(json({ ...message, content: [search, found, ...message.content] }));
    expect(content).toEqual([...kept, ...whole.content]);
    const of = (index: number, start: object, deltas: object[], stop = true): string =>
      [
        { type: 'content_block_start', index, content_block: start },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        ...(stop ? [{ type: 'content_block_stop', index }] : []),
      ]
        .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
        .join('');
    const pieces = ['{"que', 'ry":"x"}'].map((json) => ({ type: 'input_json_delta', partial_json: json }));
    const inPieces = [
      of(5, { ...search, input: {} }, pieces),
      of(6, found, []),
      of(7, { type: 'compaction', content: null }, [{ type: 'compaction_delta', content: 'so far' }]),
      of(8, { type: 'cut_off' }, [], false),
      of(9, { type: 'unreadable' }, [{ type: 'x_delta', value: { deep: 1 } }]),
      of(10, { ...search, input: {} }, [pieces[0]!]),
      of(11, { type: '' }, []),
    ];
    const start = stream.indexOf('event: content_block_start');
    const streamed = await ask(events(stream.slice(0, start) + inPieces.join('') + stream.slice(start)));
    const compaction = { type: 'foreign', block: { type: 'compaction', content: 'so far' } };
    expect(streamed.content).toEqual([...kept, compaction, ...whole.content]);
  });
});
