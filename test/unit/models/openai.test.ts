import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/domain/conversation/conversation.ts';
import { toStrictSchema } from '../../../src/models/openai/strict-schema.ts';
import type { ModelRequest } from '../../../src/models/model.ts';
import { addUsage } from '../../../src/domain/money/usage.ts';
import { call, fileTool } from './model-fixture.ts';
import { gptRequest, saying } from './openai-fixture.ts';

const read = { name: 'filesystem', input: { path: 'src/login.js' } };
const wires = ['responses', 'chat'] as const;

/** What comes after an answer that asked for tools. */
function answered(content: Message['content'], texts: string[], failed = false): Message {
  const calls = content.filter((block) => block.type === 'tool_use');
  return {
    role: 'user',
    content: calls.map(({ id }, place) => ({
      ...{ type: 'tool_result' as const, tool_use_id: id, content: texts[place] ?? '' },
      ...(failed && { is_error: true }),
    })),
  };
}

describe.each(wires)('OpenAI’s wire %s', (wire) => {
  it('returns text, tool calls, stop reason and usage of a streamed answer', async () => {
    const { server, model } = await saying(wire, [
      { text: 'I look: ééé 🙂.', tools: [read, { name: 'acme.done', input: {} }] },
    ]);
    const tools = [fileTool, { ...fileTool, name: 'acme.done' }];
    const answer = await call(model, gptRequest({ tools }));
    expect(answer.content).toEqual([
      { type: 'text', text: 'I look: ééé 🙂.' },
      { type: 'tool_use', id: expect.any(String) as string, ...read },
      { type: 'tool_use', id: expect.any(String) as string, name: 'acme.done', input: {} },
    ]);
    expect(answer.stopReason).toBe('tool_use');
    expect(answer.usage).toEqual(server.requests[0]!.usage);
    expect(server.requests[0]).toMatchObject({ outcome: 'answered', callKey: 'run-1/plan/1', wire });
    server.assertDone();
  });

  it('takes a conversation of several turns, with results that failed, and reads what is cached', async () => {
    const { server, model } = await saying(wire, [
      { text: 'First.', tools: [read, read] },
      { tools: [read] },
      { text: 'Done.' },
    ]);
    const messages: Message[] = [...gptRequest().messages];
    // Shorter prompts are not cached.
    const system = 'You are a worker. '.repeat(300);
    for (const failed of [false, true]) {
      const { content } = await call(model, gptRequest({ tools: [fileTool], messages, system }));
      messages.push({ role: 'assistant', content }, answered(content, ['one\n'.repeat(40), 'two'], failed));
    }
    messages.at(-1)!.content.push({ type: 'text', text: 'Go on.' });
    const last = await call(model, gptRequest({ tools: [fileTool], messages, system }));
    expect(last).toMatchObject({ content: [{ type: 'text', text: 'Done.' }], stopReason: 'end_turn' });
    server.assertDone();
    const [first, , third] = server.requests.map(({ usage }) => usage!);
    expect(third!.cacheReadTokens).toBeGreaterThan(first!.inputTokens - 128);
    expect(last.usage).toEqual(addUsage(third!, { ...third!, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0 }));
  });

  it('has no strict form of choices in which something may be left out', () => {
    const withChoice = (required: string[]) => {
      const properties = { a: { type: 'string' }, b: { type: 'string' } };
      const choice = { type: 'object', properties, required };
      const items = { anyOf: [choice, { type: 'string' }] };
      return { type: 'object', properties: { items: { type: 'array', items } }, required: ['items'] };
    };
    expect(toStrictSchema(withChoice(['a', 'b']))).not.toBeNull();
    expect(toStrictSchema(withChoice(['a']))).toBeNull();
  });

  it('has tools called strictly where that can be, and what was left out stays out', async () => {
    const properties = {
      path: { type: 'string' },
      depth: { type: 'integer', default: 1 },
      note: { type: ['string', 'null'] },
    };
    const schema = { type: 'object', properties, required: ['path', 'note'] };
    const strict = { ...fileTool, input_schema: schema as ModelRequest['tools'][number]['input_schema'] };
    const open = { ...fileTool, name: 'open', input_schema: { type: 'object', additionalProperties: true } };
    const { server, model } = await saying(wire, [
      { tools: [{ name: 'filesystem', input: { path: 'a', depth: null, note: null } }] },
    ]);
    const { content } = await call(model, gptRequest({ tools: [strict, open] }));
    expect(content).toMatchObject([{ name: 'filesystem', input: { path: 'a', note: null } }]);
    expect(content[0]).not.toHaveProperty('input.depth');
    server.assertDone();
    expect(JSON.stringify(server.requests[0]!.body['tools'])).toMatch(/"strict":true.*"strict":false/);
  });

  it.each([
    [{ type: 'object', properties: { answer: { type: 'string', minLength: 1 } }, required: ['answer'] }, true],
    [{ type: 'object', properties: { answer: { type: 'string' } } }, false],
    [{ type: 'array', items: { type: 'string' } }, false],
  ])('holds the answer to %j where it can be held to it: %s', async (output, isHeld) => {
    const { server, model } = await saying(wire, [{ text: '{"answer":"yes"}' }]);
    expect((await call(model, gptRequest({ output }))).content).toEqual([{ type: 'text', text: '{"answer":"yes"}' }]);
    expect(JSON.stringify(server.requests[0]!.body).includes('json_schema')).toBe(isHeld);
    server.assertDone();
  });

  it('asks again without what a model does not take, and does not send it any more', async () => {
    const { server, model } = await saying(wire, [{ text: '{"a":1}' }]);
    const output = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] };
    const request = gptRequest({ model: 'gpt-4', output, maxTokens: 100 });
    await call(model, request);
    await call(model, request);
    expect(server.requests.map(({ outcome }) => outcome)).toEqual(['unexpected', 'answered', 'answered']);
  });

  it('hands on text and progress while the answer streams', async () => {
    const text = 'A sentence that is long enough for several pieces of text in the stream.';
    const { model } = await saying(wire, [{ text, thinking: 'It is easy.', latencyMs: 20 }]);
    const deltas: string[] = [];
    let progress = 0;
    const signal = new AbortController().signal;
    await model.complete(gptRequest(), {
      signal,
      onText: (delta) => deltas.push(delta),
      onProgress: () => progress++,
    });
    expect(deltas.length).toBeGreaterThan(2);
    expect(deltas.join('')).toBe(text);
    expect(progress).toBeGreaterThan(deltas.length);
  });

  it('ends at once when it is aborted, with the reason', async () => {
    const { model } = await saying(wire, [{ fault: { kind: 'stall' } }]);
    const controller = new AbortController();
    const answer = model.complete(gptRequest(), {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(answer).rejects.toThrow('enough');
  });
});

describe('what a model thought', () => {
  const thoughtful = { thinking: 'Hm.', text: 'I look.', tools: [read] };

  it('goes back to the model that thought it, and to nobody else', async () => {
    const { server, model } = await saying('responses', [thoughtful, { text: 'Done.' }]);
    const { content } = await call(model, gptRequest({ tools: [fileTool] }));
    expect(content[0]).toMatchObject({ type: 'foreign', from: 'openai/gpt-5-mini', block: { type: 'reasoning' } });
    const messages = [...gptRequest().messages, { role: 'assistant' as const, content }, answered(content, ['x'])];
    await call(model, gptRequest({ tools: [fileTool], messages }));
    await call(model, gptRequest({ tools: [fileTool], messages, model: 'gpt-5' }));
    server.assertDone();
    const kinds = server.requests.map(({ body }) =>
      (body['input'] as { type?: string; role?: string }[]).map(({ type, role }) => role ?? type),
    );
    expect(kinds).toEqual([
      ['user'],
      ['user', 'reasoning', 'assistant', 'function_call', 'function_call_output'],
      ['user', 'assistant', 'function_call', 'function_call_output'],
    ]);
  });

  it('is left out where nothing came of it', async () => {
    const { server, model } = await saying('responses', [
      { thinking: 'Hm.', stopReason: 'max_tokens' },
      { text: 'Done.' },
    ]);
    const { content, stopReason } = await call(model, gptRequest());
    expect(stopReason).toBe('max_tokens');
    const messages: Message[] = [
      ...gptRequest().messages,
      { role: 'assistant', content },
      { role: 'user', content: [{ type: 'text', text: 'Go on.' }] },
    ];
    await call(model, gptRequest({ messages }));
    server.assertDone();
  });
});
