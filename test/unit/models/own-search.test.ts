import { describe, expect, it } from 'vitest';
import { billOf } from '../../../src/calls/bill.ts';
import type { Message } from '../../../src/domain/conversation/conversation.ts';
import { tableFacts } from '../../../src/domain/money/model-table.ts';
import { createAnthropicModel } from '../../../src/models/anthropic.ts';
import { worstCaseOf } from '../../../src/models/estimate.ts';
import type { ToldUsage } from '../../../src/domain/money/usage.ts';
import { events, json } from '../../support/model/wire-server.ts';
import { aRequest, call, fileTool } from './model-fixture.ts';
import { gptRequest, openai, serving } from './openai-fixture.ts';

const searched = [
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
  {
    type: 'web_search_tool_result',
    tool_use_id: 'srvtoolu_1',
    content: [{ type: 'web_search_result', url: 'https://one.example', title: 'One', encrypted_content: 'sealed' }],
  },
];
const go: Message = { role: 'user', content: [{ type: 'text', text: 'Go on.' }] };

describe('a search that a provider makes by itself', () => {
  it('is offered where it may be; Anthropic’s blocks are kept, sent back and billed', async () => {
    const message = {
      ...{ type: 'message', role: 'assistant', stop_reason: 'end_turn' },
      content: [...searched, { type: 'text', text: 'Found.' }],
      usage: { input_tokens: 100, output_tokens: 20, server_tool_use: { web_search_requests: 2 } },
    };
    const { baseURL, asked } = await serving(() => json(message));
    const model = createAnthropicModel({ apiKey: 'k', baseURL: baseURL.replace('/v1', '') });
    const request = aRequest({ tools: [fileTool], search: { most: 5 } });
    const answer = await call(model, request);
    expect(answer.content.map(({ type }) => type)).toEqual(['foreign', 'foreign', 'text']);
    const messages = [...request.messages, { role: 'assistant' as const, content: answer.content }, go];
    await call(model, aRequest({ tools: [fileTool], messages }));
    const [first, second] = asked.map(({ body }) => body as { tools: object[]; messages: { content: object[] }[] });
    expect(first!.tools[0]).toEqual({ type: 'web_search_20250305', name: 'web_search', max_uses: 5 });
    expect(second!.tools).toHaveLength(1);
    expect(second!.messages[1]!.content).toEqual([...searched, { type: 'text', text: 'Found.' }]);
    // Another provider is told what was said of it, and no more.
    const elsewhere = await serving(() => json({ object: 'response', status: 'completed', output: [] }));
    await call(openai(elsewhere, 'responses'), gptRequest({ messages }));
    expect(JSON.stringify(elsewhere.asked[0]!.body)).not.toMatch(/srvtoolu|sealed/);

    const { price } = tableFacts(request.model)!;
    const worst = worstCaseOf(request, price);
    const without = worstCaseOf(aRequest({ tools: [fileTool] }), price);
    expect(worst.nanoUsd - without.nanoUsd).toBe(50_000_000);
    const bill = billOf(answer.usage, { price, reserved: worst, request });
    const { searches: _, ...tokens } = answer.usage;
    expect(bill.searches).toBe(2);
    expect(bill.cost - billOf(tokens, { price, reserved: worst, request }).cost).toBe(20_000_000);
  });

  const begun = { type: 'message_start', message: { usage: { input_tokens: 100, output_tokens: 1 } } };
  const item = (action: object) => ({
    type: 'response.output_item.done',
    item: { type: 'web_search_call', id: 'ws', status: 'completed', action },
  });
  it.each([
    ['Anthropic', [begun, { type: 'content_block_start', index: 0, content_block: searched[0] }]],
    ['OpenAI', [{ type: 'response.created' }, item({ type: 'search', query: 'x' }), item({ type: 'open_page' })]],
  ])('is told before %s breaks off', async (name, told) => {
    const { baseURL } = await serving(() =>
      events(told.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')),
    );
    const model =
      name === 'OpenAI'
        ? openai({ baseURL }, 'responses')
        : createAnthropicModel({ apiKey: 'k', baseURL: baseURL.replace('/v1', '') });
    const usages: ToldUsage[] = [];
    const onUsage = (usage: ToldUsage): void => void usages.push(usage);
    const signal = new AbortController().signal;
    const request = name === 'OpenAI' ? gptRequest({ search: { most: 5 } }) : aRequest({ search: { most: 5 } });
    await expect(model.complete(request, { signal, onUsage })).rejects.toMatchObject({ kind: 'broken-stream' });
    expect(usages.at(-1)).toMatchObject({ searches: 1 });
  });

  it('is offered by OpenAI’s Responses, and goes without it where that does not take it', async () => {
    const answer = {
      object: 'response',
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi.' }] }],
    };
    const { baseURL, asked } = await serving(({ body }) =>
      JSON.stringify(body).includes('web_search')
        ? json({ error: { message: "Hosted tool 'web_search' is not supported with this model" } }, 400)
        : json(answer),
    );
    const model = openai({ baseURL });
    for (const _ of [1, 2]) await call(model, gptRequest({ search: { most: 5 } }));
    expect(asked.map(({ body }) => JSON.stringify(body['tools'] ?? null))).toEqual([
      '[{"type":"web_search"}]',
      'null',
      'null',
    ]);
  });
});
