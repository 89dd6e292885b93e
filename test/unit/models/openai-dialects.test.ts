import { describe, expect, it } from 'vitest';
import { events, json } from '../../support/model/wire-server.ts';
import { call, failureOf, fileTool } from './model-fixture.ts';
import { gptRequest, openai, serving } from './openai-fixture.ts';

type Fields = Record<string, unknown>;

const chunk = (delta: Fields, more: Fields = {}, reason: string | null = null): Fields => ({
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: reason }],
  ...more,
});
const stream = (chunks: Fields[], end = 'data: [DONE]\n\n') =>
  events(chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('') + end);
const piece = (index: number | undefined, fields: Fields, args?: unknown) => ({
  tool_calls: [
    {
      ...(index !== undefined && { index }),
      ...fields,
      function: { ...(fields['id'] ? { name: 'filesystem' } : {}), arguments: args },
    },
  ],
});
const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
const one = { type: 'tool_use', name: 'filesystem', input: { path: 'a' } };
const two = { ...one, input: { path: 'b' } };

describe('servers that speak Chat Completions their own way', () => {
  it.each<[string, Fields[], object]>([
    [
      'pieces of two calls in turn',
      [
        chunk(piece(0, { id: 'x' }, '')),
        chunk(piece(1, { id: 'y' }, '')),
        chunk(piece(0, {}, '{"path":')),
        chunk(piece(1, {}, '{"path":"b"}')),
        chunk(piece(0, {}, '"a"}')),
        chunk({}, { usage }, 'tool_calls'),
      ],
      { content: [one, two], stopReason: 'tool_use' },
    ],
    [
      'whole calls that all have index 0',
      [
        chunk(piece(0, { id: 'x' }, '{"path":"a"}')),
        chunk(piece(0, { id: 'y' }, '{"path":"b"}')),
        chunk({}, { usage }, 'stop'),
      ],
      { content: [one, two], stopReason: 'end_turn' },
    ],
    [
      'the id again in each piece, and no index',
      [
        chunk(piece(undefined, { id: 'x' }, '{"path":')),
        chunk(piece(undefined, { id: 'x' }, '"a"}')),
        chunk({}, { usage }, 'tool_calls'),
      ],
      { content: [one], stopReason: 'tool_use' },
    ],
    [
      'arguments as an object',
      [chunk(piece(0, { id: 'x' }, { path: 'a' }), { usage }, 'tool_calls')],
      { content: [one] },
    ],
    [
      'text as parts, and what it thought beside it',
      [
        chunk({ reasoning_content: 'Hm.' }),
        chunk({ content: [{ type: 'text', text: 'Hi.' }] }),
        chunk({}, { usage }, 'stop'),
      ],
      { content: [{ type: 'text', text: 'Hi.' }], usage: { inputTokens: 10, outputTokens: 2 } },
    ],
    [
      'what it thought, counted beside the answer',
      [chunk({ content: 'Hi.' }), chunk({}, { usage: { ...usage, total_tokens: 112 } }, 'stop')],
      { usage: { inputTokens: 10, outputTokens: 102 } },
    ],
    [
      'what is cached under another name',
      [chunk({ content: 'Hi.' }), chunk({}, { usage: { ...usage, prompt_cache_hit_tokens: 4 } }, 'stop')],
      { usage: { inputTokens: 6, cacheReadTokens: 4 } },
    ],
    [
      'an answer that was kept back',
      [chunk({ content: 'Hi' }), chunk({}, { usage }, 'content_filter')],
      { stopReason: 'refusal' },
    ],
    ['one that refuses in words', [chunk({ refusal: 'No.' }), chunk({}, { usage }, 'stop')], { stopReason: 'refusal' }],
    ['one that was cut', [chunk({ content: 'Hi' }), chunk({}, { usage }, 'length')], { stopReason: 'max_tokens' }],
    [
      'more cached than sent',
      [
        chunk({ content: 'Hi.' }),
        chunk({}, { usage: { ...usage, prompt_tokens_details: { cached_tokens: 11 } } }, 'stop'),
      ],
      { usage: { unknown: ['input'] } },
    ],
    [
      'its count behind its end, beside a choice',
      [chunk({ content: 'Hi.' }), chunk({}, {}, 'stop'), chunk({}, { usage })],
      { usage: { inputTokens: 10, outputTokens: 2 } },
    ],
    ['no usage', [chunk({ content: 'Hi.' }), chunk({}, {}, 'stop')], { usage: { unknown: ['input', 'output'] } }],
  ])('%s', async (_name, chunks, expected) => {
    const { baseURL } = await serving(() => stream(chunks));
    expect(await call(openai({ baseURL }, 'chat'), gptRequest({ tools: [fileTool] }))).toMatchObject(expected);
  });

  it('is whole with its last count, whether a last word follows or not', async () => {
    const chunks = [chunk({ content: 'Hi.' }), chunk({}, {}, 'stop'), { choices: [], usage }];
    const { baseURL } = await serving(() => stream(chunks, ''));
    expect(await call(openai({ baseURL }, 'chat'), gptRequest())).toMatchObject({ usage: { inputTokens: 10 } });
  });

  it.each<[string, Fields, string]>([
    ['an error beside choices', chunk({}, { error: { code: 502, message: 'upstream' } }, 'error'), 'unavailable'],
    ['an end that is none', chunk({ content: 'Hi.' }, {}, 'error'), 'broken-stream'],
  ])('%s is no answer', async (_name, last, kind) => {
    const { baseURL } = await serving(() => stream([chunk({ content: 'Hi.' }), last]));
    expect(await failureOf(call(openai({ baseURL }, 'chat'), gptRequest()))).toMatchObject({ kind });
  });

  it('gets `max_tokens` where it is not OpenAI’s own model', async () => {
    const { baseURL, asked } = await serving(() => stream([chunk({ content: 'Hi.' }), chunk({}, { usage }, 'stop')]));
    const model = openai({ baseURL }, 'chat');
    await call(model, gptRequest({ model: 'qwen3-coder' }));
    await call(model, gptRequest());
    expect(asked.map(({ body }) => [body['max_tokens'], body['max_completion_tokens']])).toEqual([
      [1000, undefined],
      [undefined, 1000],
    ]);
  });

  it.each([
    ['max_completion_tokens', 'Unknown parameter: max_completion_tokens'],
    ['stream_options', 'Extra inputs are not permitted: stream_options'],
    ['parallel_tool_calls', 'parallel_tool_calls is not supported'],
  ])('is asked again without %s when it refuses that', async (name, message) => {
    const { baseURL, asked } = await serving(({ body }) =>
      name in body
        ? json({ error: { message } }, 400)
        : stream([chunk({ content: 'Hi.' }), chunk({}, { usage }, 'stop')]),
    );
    const model = openai({ baseURL }, 'chat');
    for (const _ of [1, 2]) await call(model, gptRequest({ tools: [fileTool] }));
    expect(asked.map(({ body }) => name in body)).toEqual([true, false, false]);
  });
});

describe('servers that speak Responses their own way', () => {
  const response = {
    object: 'response',
    status: 'completed',
    error: null,
    output: [
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi.' }] },
      { type: 'function_call', call_id: 'x', name: 'filesystem', arguments: '{"path":"a"}' },
    ],
    usage: { input_tokens: 10, output_tokens: 2, input_tokens_details: { cached_tokens: 4, cache_write_tokens: 5 } },
  };
  const whole = {
    content: [
      { type: 'foreign', from: 'openai/gpt-5-mini', block: { type: 'web_search_call', id: 'ws_1' } },
      { type: 'text', text: 'Hi.' },
      one,
    ],
    stopReason: 'tool_use',
    usage: { inputTokens: 1, cacheReadTokens: 4, cacheWriteTokens: 5, outputTokens: 2, searches: 1 },
  };

  it.each([
    ['as a body', json(response)],
    [
      'with nothing before its last event',
      events(`data: ${JSON.stringify({ type: 'response.completed', response })}\n\n`),
    ],
    [
      'with whole items only',
      events(
        [
          ...response.output.map((item, output_index) => ({ type: 'response.output_item.done', output_index, item })),
          { type: 'response.completed', response: { ...response, output: [] } },
        ]
          .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
          .join(''),
      ),
    ],
  ])('%s', async (_name, answer) => {
    const { baseURL } = await serving(() => answer);
    const got = await call(openai({ baseURL }), gptRequest({ tools: [fileTool] }));
    expect(got).toMatchObject(whole);
    expect(got.content).toHaveLength(3);
  });

  it('tells nothing twice where it tells no places', async () => {
    const [, , message, asked] = response.output;
    const told = [
      { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'Hi.' },
      { type: 'response.output_item.done', item: { ...message, id: 'msg_1' } },
      { type: 'response.output_item.added', item: { ...asked, id: 'fc_1', arguments: '' } },
      { type: 'response.function_call_arguments.delta', item_id: 'fc_1', delta: '{"path":"a"}' },
      { type: 'response.output_item.done', item: { ...asked, id: 'fc_1' } },
      { type: 'response.completed', response: { ...response, output: [message, asked] } },
    ];
    const { baseURL } = await serving(() => events(told.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')));
    const { content } = await call(openai({ baseURL }), gptRequest({ tools: [fileTool] }));
    expect(content).toMatchObject([{ type: 'text', text: 'Hi.' }, one]);
    expect(content).toHaveLength(2);
  });

  it.each([
    ['max_output_tokens', 'max_tokens'],
    ['content_filter', 'refusal'],
  ])('ends at %s as %s', async (reason, stopReason) => {
    const cut = {
      ...response,
      status: 'incomplete',
      incomplete_details: { reason },
      output: response.output.slice(2, 3),
    };
    const { baseURL } = await serving(() => json(cut));
    expect(await call(openai({ baseURL }), gptRequest())).toMatchObject({ stopReason });
  });

  it('has items of our own kinds passed over', async () => {
    const output = [{ type: 'thinking', thinking: 'x', signature: 'y' }, ...response.output.slice(2, 3)];
    const { baseURL } = await serving(() => json({ ...response, output }));
    expect((await call(openai({ baseURL }), gptRequest())).content).toEqual([{ type: 'text', text: 'Hi.' }]);
  });
});
