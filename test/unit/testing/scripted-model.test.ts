import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { outputNote } from '../../../src/domain/plan/output-note.ts';
import { checkOutput } from '../../../src/models/check-output.ts';
import type { Rule, Script, ScriptedModelServer } from '../../../src/testing/index.ts';
import { defaultScript, startScriptedModel, steps } from '../../../src/testing/index.ts';

const servers: ScriptedModelServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(script: Script): Promise<ScriptedModelServer> {
  const server = await startScriptedModel(script);
  servers.push(server);
  return server;
}

const always = (answer: Rule['answer']): Script => ({ rules: [{ name: 'always', when: () => true, answer }] });
const user = (text: string): JsonObject => ({ role: 'user', content: text });

function post(server: ScriptedModelServer, body: JsonObject, path = '/v1/messages', init: RequestInit = {}) {
  const whole = { model: 'claude-haiku-4-5', max_tokens: 100, messages: [user('Do the work.')], ...body };
  return fetch(server.url + path, { method: 'POST', body: JSON.stringify(whole), ...init });
}

type Json = { [key: string]: never } & {
  content: { type: string; text: string; id: string; input: JsonObject }[];
  error: { type: string; message: string };
  usage: JsonObject;
};
const ask = async (server: ScriptedModelServer, body: JsonObject = {}): Promise<Json> =>
  (await (await post(server, body)).json()) as Json;

/** What a conversation looks like after the model called a tool and got this result. */
const afterCall = (prompt: string, content: string): JsonObject[] => [
  user(prompt),
  { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'bash', input: { command: 'ls' } }] },
  { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content, is_error: true }] },
];

describe('startScriptedModel', () => {
  it('answers with the Messages API’s JSON', async () => {
    const server = await start(always(() => ({ text: 'Hello.', tools: [{ name: 'bash', input: { command: 'ls' } }] })));
    expect(await ask(server)).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'claude-haiku-4-5',
      stop_reason: 'tool_use',
      content: [
        { type: 'text', text: 'Hello.' },
        { type: 'tool_use', name: 'bash', input: { command: 'ls' } },
      ],
      usage: { input_tokens: 3, output_tokens: 7, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
    });
  });

  it.each([0, 30])('streams the Messages API’s events in their order at %i ms latency', async (latencyMs) => {
    const text = 'A text of more than twenty-four characters.';
    const server = await start(always(() => ({ text, tools: [{ name: 'bash', input: {} }], latencyMs })));
    const response = await post(server, { stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const body = await response.text();
    const names = [...body.matchAll(/^event: (.*)$/gm)].map((match) => match[1]);
    const block = (deltas: number): string[] => [
      'content_block_start',
      ...Array<string>(deltas).fill('content_block_delta'),
      'content_block_stop',
    ];
    expect(names).toEqual(['message_start', 'ping', ...block(2), ...block(1), 'message_delta', 'message_stop']);
    for (const [, name, data] of body.matchAll(/^event: (.*)\ndata: (.*)$/gm)) {
      expect((JSON.parse(data!) as { type: string }).type).toBe(name);
    }
  });

  it('gives rules the conversation since the newest prompt', async () => {
    const seen = vi.fn(() => ({ text: 'Seen.' }));
    const server = await start(always(seen));
    await ask(server, {
      system: [{ type: 'text', text: 'You are a coder.' }],
      tools: [{ name: 'bash', description: '', input_schema: { type: 'object' } }],
      messages: [...afterCall('An old prompt.', 'old'), ...afterCall('A new prompt.', 'no such file')].map(
        (message, index) =>
          JSON.parse(JSON.stringify(message).replaceAll('toolu_1', `toolu_${index > 2}`)) as JsonObject,
      ),
    });
    const result = { name: 'bash', input: { command: 'ls' }, content: 'no such file', isError: true };
    expect(seen.mock.calls[0]).toMatchObject([
      {
        system: 'You are a coder.',
        model: 'claude-haiku-4-5',
        tools: ['bash'],
        prompt: 'A new prompt.',
        turn: 1,
        results: [result],
        lastResults: [result],
      },
    ]);
  });

  it('refuses what no rule expects, naming the prompt, and fails assertDone', async () => {
    const server = await start({ rules: [] });
    const { error } = await ask(server);
    expect(error.type).toBe('invalid_request_error');
    expect(error.message).toContain('scripted model: no rule for the prompt "Do the work." (turn 0');
    expect(server.requests).toMatchObject([{ outcome: 'unexpected', rule: null, usage: null }]);
    expect(() => server.assertDone()).toThrow('Do the work.');
  });

  it('refuses when a rule throws, naming the rule', async () => {
    const server = await start(
      always(() => {
        throw new Error('no idea');
      }),
    );
    expect((await ask(server)).error.message).toContain('rule "always" failed: Error: no idea');
    expect(() => server.assertDone()).toThrow('unexpected request');
  });

  it('uses a rule at most `times` times and misses what is left over', async () => {
    const once: Rule = { name: 'once', when: () => true, answer: () => ({ text: 'First.' }), times: 1 };
    const server = await start({ rules: [once, ...always(() => ({ text: 'Later.' })).rules] });
    expect(() => server.assertDone()).toThrow('rule "once" answered 0 of 1 times');
    expect((await ask(server)).content[0]!.text).toBe('First.');
    expect((await ask(server)).content[0]!.text).toBe('Later.');
    server.assertDone();
    server.setScript({ rules: [{ ...once, times: 2 }] });
    expect(() => server.assertDone()).toThrow('answered 0 of 2 times');
  });

  it('gives every tool call an id of its own', async () => {
    const server = await start(always(() => ({ tools: Array(2).fill({ name: 'bash', input: {} }) as [] })));
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(server)));
    expect(new Set(answers.flatMap(({ content }) => content.map((block) => block.id))).size).toBe(40);
  });

  it('keeps the same key for the same request, streamed or not', async () => {
    const server = await start(always(() => ({ text: 'x' })));
    await post(server, { stream: true, temperature: 0, top_k: 1 }, undefined, {
      headers: { 'idempotency-key': 'a/1' },
    });
    await post(server, { top_k: 1, temperature: 0 });
    await post(server, { top_k: 2, temperature: 0 });
    const [first, second, third] = server.requests;
    expect(first!.key).toMatch(/^[0-9a-f]{64}$/);
    expect(second!.key).toBe(first!.key);
    expect(third!.key).not.toBe(first!.key);
    expect(server.requests.map((request) => request.callKey)).toEqual(['a/1', null, null]);
  });

  it('notices requests that are given up', async () => {
    const server = await start({ ...always(() => ({ text: 'Late.' })), latencyMs: 60_000 });
    const controller = new AbortController();
    const response = post(server, {}, undefined, { signal: controller.signal });
    await vi.waitFor(() => expect(server.requests).toMatchObject([{ outcome: 'pending' }]));
    controller.abort();
    await expect(response).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(server.requests).toMatchObject([{ outcome: 'aborted' }]));
  });

  it('counts tokens, and what of them is read from and written to the prompt cache', async () => {
    const server = await start(always(() => ({ text: '12345678', usage: { outputTokens: 99 } })));
    const marked = (text: string): JsonObject => ({ type: 'text', text, cache_control: { type: 'ephemeral' } });
    const body = (...texts: JsonObject[]): JsonObject => ({
      model: 'claude-sonnet-4-5',
      system: [marked('s'.repeat(4096))],
      messages: [{ role: 'user', content: [...texts, { type: 'text', text: 'rest' }] }],
    });
    const count = await post(server, body(marked('a'.repeat(20))), '/v1/messages/count_tokens');
    expect(await count.json()).toEqual({ input_tokens: 1030 });
    const usage = async (request: JsonObject): Promise<unknown[]> => {
      const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens } = (await ask(server, request)).usage;
      return [input_tokens, cache_read_input_tokens, cache_creation_input_tokens];
    };
    expect(await usage(body(marked('a'.repeat(20))))).toEqual([1, 0, 1029]);
    expect(await usage(body(marked('a'.repeat(20))))).toEqual([1, 1029, 0]);
    expect(await usage(body(marked('b'.repeat(20))))).toEqual([1, 1024, 5]);
    expect(server.requests[0]!.usage!.outputTokens).toBe(99);
  });

  it('serves pages, and only those of the script', async () => {
    const server = await start({ rules: [], pages: { 'notes.html': { body: '<p>ü</p>' } } });
    expect(await (await fetch(`${server.url}/pages/notes.html`)).text()).toBe('<p>ü</p>');
    expect((await fetch(`${server.url}/pages/constructor`)).status).toBe(404);
    expect((await fetch(`${server.url}/elsewhere`)).status).toBe(404);
  });

  it('says so when its port is taken', async () => {
    const { port } = await start({ rules: [] });
    await expect(startScriptedModel({ rules: [] }, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it.each([
    { why: 'first message must use the "user" role', messages: [{ role: 'assistant', content: 'Hi' }] },
    { why: 'at least one message', messages: [] },
    { why: 'ids were found without `tool_result`', messages: [...afterCall('x', 'y').slice(0, 2), user('And?')] },
    { why: 'unexpected `tool_use_id`', messages: [user('x'), ...afterCall('x', 'y').slice(2)] },
    { why: 'non-whitespace text', messages: [{ role: 'user', content: [{ type: 'text', text: ' ' }] }] },
    { why: 'non-empty content', messages: [{ role: 'user', content: [] }] },
  ])('refuses, like the real API, a conversation: $why', async ({ why, messages }) => {
    const server = await start(always(() => ({ text: 'x' })));
    expect((await ask(server, { messages })).error.message).toContain(why);
    expect(server.requests[0]!.outcome).toBe('unexpected');
  });

  it('refuses a body that is no JSON', async () => {
    const server = await start({ rules: [] });
    const response = await post(server, {}, undefined, { body: '{' });
    expect(response.status).toBe(400);
  });
});

describe('steps', () => {
  const script: Script = {
    rules: [
      steps('lister', (c) => c.prompt.startsWith('List'), [
        { tools: [{ name: 'bash', input: { command: 'ls' } }] },
        (c) => ({ text: `It says: ${c.lastResults[0]?.content}` }),
      ]),
    ],
  };

  it('picks the answer by turn, so that it goes on after a restart', async () => {
    expect((await ask(await start(script), { messages: [user('List it.')] })).content[0]!.type).toBe('tool_use');
    const restarted = await start(script);
    const { content } = await ask(restarted, { messages: afterCall('List it.', 'a.txt') });
    expect(content).toEqual([{ type: 'text', text: 'It says: a.txt' }]);
  });

  it('no longer applies after its last step', async () => {
    const server = await start(script);
    const messages = [...afterCall('List it.', 'a.txt'), { role: 'assistant', content: 'It says: a.txt' }];
    const results = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_2', content: 'x' }] };
    const again = { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_2', name: 'bash', input: {} }] };
    expect((await ask(server, { messages: [...messages, again, results] })).error.message).toContain('no rule');
  });
});

describe('defaultScript', () => {
  it('looks at the workspace first, then says who it is and what was asked', async () => {
    const server = await start(defaultScript);
    const tools = [{ name: 'filesystem', description: '', input_schema: { type: 'object' } }];
    const first = await ask(server, { tools, messages: [user('Write a poem.\nIn four lines.')] });
    expect(first.content[1]).toMatchObject({ name: 'filesystem', input: { action: 'list', path: '.' } });
    const use = { ...first.content[1], type: 'tool_use' } as unknown as JsonObject;
    const result = { type: 'tool_result', tool_use_id: first.content[1]!.id, content: 'README.md\nsrc/' };
    const { content } = await ask(server, {
      tools,
      messages: [
        user('Write a poem.\nIn four lines.'),
        { role: 'assistant', content: [use] },
        { role: 'user', content: [result] },
      ],
    });
    expect(content[0]!.text).toMatch(/scripted model[^]*The task was: Write a poem\.\n[^]*README\.md$/);
  });

  it('answers an agent without tools in one turn', async () => {
    const { content } = await ask(await start(defaultScript));
    expect(content).toHaveLength(1);
    expect(content[0]!.text).toContain('The task was: Do the work.');
  });

  it('answers in the form that was asked for, and in another way when that is sent back', async () => {
    const server = await start(defaultScript);
    const schema = { type: 'object', properties: { score: { type: 'integer' } }, not: { required: ['score'] } };
    const task = user(`Score it.\n\n${outputNote(schema)}`);
    const first = await ask(server, { messages: [task] });
    expect(JSON.parse(first.content[0]!.text)).toEqual({ score: 100 });
    const back = user(`${checkOutput(schema, first.content[0]!.text)}\nAnswer again, with the corrected JSON only.`);
    const again = await ask(server, { messages: [task, { role: 'assistant', content: '{"score":100}' }, back] });
    expect(JSON.parse(again.content[0]!.text)).toEqual({});
  });
});
