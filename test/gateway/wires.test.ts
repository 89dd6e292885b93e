import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Answering } from '../support/gateway/provider.ts';
import { messageEvents } from '../support/gateway/provider.ts';
import { asking, model, useGateway } from '../support/gateway/stage.ts';

const stage = useGateway();

const whole =
  (body: string | Buffer, headers: Record<string, string> = {}, status = 200): Answering =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);

const message = (output: number): string =>
  `{"id":"msg_1","type":"message","role":"assistant",  "content":[{"type":"text","text":"Hé \\u00e9"}],"stop_reason":"end_turn",
   "usage":{"input_tokens":10,"cache_read_input_tokens":0,"cache_creation_input_tokens":0,"output_tokens":${output}}}`;

const events = (...all: object[]): string => all.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('');

const responsesUsage = { input_tokens: 1000, input_tokens_details: { cached_tokens: 400 }, output_tokens: 50 };
const chatUsage = { prompt_tokens: 1000, prompt_tokens_details: { cached_tokens: 400 }, completion_tokens: 50 };
const text = (delta: string): object => ({ type: 'response.output_text.delta', output_index: 0, delta });
const chunk = (more: object): object => ({ object: 'chat.completion.chunk', ...more });

describe('an answer', () => {
  it('of one piece of JSON comes as it was, and is billed', async () => {
    await stage.gateway();
    const { run, ask } = await stage.attempt();
    stage.provider().answerWith(whole(message(7), { 'anthropic-ratelimit-requests-limit': '50', 'set-cookie': 'a=b' }));
    const answer = await ask(asking('Hi', { stream: false }));
    expect(answer.headers.get('anthropic-ratelimit-requests-limit')).toBe('50');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await answer.text()).toBe(message(7));
    expect(await stage.money(run)).toMatchObject({ tokens: 17, held: 0 });
  });

  it.each([
    ['whole', (): [Buffer, string] => [gzipSync(message(7)), 'application/json']],
    [
      'as events',
      (): [Buffer, string] => [gzipSync(messageEvents('Hi.', { input: 10, output: 7 }).join('')), 'text/event-stream'],
    ],
  ])('that comes packed, %s, is passed on packed, and is billed', async (_how, made) => {
    await stage.gateway();
    const { run, ask } = await stage.attempt();
    const [packed, type] = made();
    stage.provider().answerWith(whole(packed, { 'content-encoding': 'gzip', 'content-type': type }));
    for (let time = 0; time < 2; time++) {
      const answer = await ask(asking('Hi'));
      expect(answer.headers.get('content-encoding')).toBe('gzip');
      // fetch has unpacked it.
      expect(gzipSync(await answer.text())).toEqual(packed);
    }
    expect(await stage.money(run)).toMatchObject({ tokens: 17, held: 0 });
    expect(stage.provider().asked).toHaveLength(1);
  });

  it.each([
    [
      'Responses, as events',
      '/v1/responses',
      events({ type: 'response.created', response: { id: 'r' } }, text('Hi '), text('there'), {
        type: 'response.completed',
        response: { status: 'completed', output: [], usage: responsesUsage },
      }),
      'text/event-stream',
    ],
    [
      'Responses, whole',
      '/v1/responses',
      JSON.stringify({
        ...{ object: 'response', status: 'completed', usage: responsesUsage },
        output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi there' }] }],
      }),
      'application/json',
    ],
    [
      'Chat Completions, as events',
      '/v1/chat/completions',
      `${events(
        chunk({ choices: [{ index: 0, delta: { content: 'Hi there' } }] }),
        chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
        chunk({ choices: [], usage: chatUsage }),
      )}data: [DONE]\n\n`,
      'text/event-stream',
    ],
    [
      'Chat Completions, whole',
      '/v1/chat/completions',
      JSON.stringify({
        ...{ object: 'chat.completion', usage: chatUsage },
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hi there' }, finish_reason: 'stop' }],
      }),
      'application/json',
    ],
  ])('of %s, comes as it was, once, and is billed to the token', async (_name, path, body, type) => {
    await stage.gateway();
    const { run, ask, token } = await stage.attempt();
    stage.provider().answerWith(whole(body, { 'content-type': type }));
    const asked = { model: 'gpt-5', max_output_tokens: 500, input: 'Hi' };
    const as = { path, headers: { 'x-api-key': '', authorization: `Bearer ${token}` } };
    expect(await (await ask(asked, as)).text()).toBe(body);
    expect(await (await ask(asked, as)).text()).toBe(body);
    expect(stage.provider().asked).toHaveLength(1);
    expect(stage.provider().asked[0]!.url).toBe(path);
    expect(stage.provider().asked[0]!.headers.authorization).toBe('Bearer sk-the-real-key');
    expect(await stage.money(run)).toMatchObject({ tokens: 1050, held: 0 });
    const [told] = (await stage.store().events.list(run.runKey)).filter(({ type: kind }) => kind === 'agent:answer');
    expect(told).toMatchObject({ preview: 'Hi there', tokensUsed: 1050, turn: 1 });
  });

  it.each([400, 401, 404, 413])(
    'with the status %i is passed on as it came, and nothing is billed or kept',
    async (status) => {
      await stage.gateway();
      const { run, ask } = await stage.attempt();
      const body = '{"type":"error",   "error":{"type":"invalid_request_error","message":"no, é"}}';
      stage.provider().answerWith(whole(body, { 'request-id': 'req_9' }, status));
      for (let time = 0; time < 2; time++) {
        const answer = await ask(asking('Hi'));
        expect([answer.status, answer.headers.get('request-id'), await answer.text()]).toEqual([status, 'req_9', body]);
      }
      expect(stage.provider().asked).toHaveLength(2);
      expect(await stage.money(run)).toEqual({ nano: 0, tokens: 0, held: 0 });
    },
  );

  it('of a busy provider is waited for in its turn, and the agent hears nothing of it', async () => {
    await stage.gateway();
    const { run, ask } = await stage.attempt();
    let times = 0;
    stage.provider().answerWith((response) => {
      times++;
      if (times < 3)
        return whole('{"error":{"type":"overloaded_error"}}', { 'retry-after-ms': '20' }, 529)(response, null!);
      return whole(message(7))(response, null!);
    });
    expect(await (await ask(asking('Hi', { stream: false }))).text()).toBe(message(7));
    expect(times).toBe(3);
    expect(await stage.money(run)).toMatchObject({ tokens: 17, held: 0 });
  });

  it('that breaks off is billed as it was held back, which is told, breaks off for the agent, and is asked for anew', async () => {
    await stage.gateway();
    const { run, ask } = await stage.attempt();
    const pieces = messageEvents('Never whole.', { input: 300, output: 9 });
    stage.provider().answerWith((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(pieces.slice(0, 3).join(''), () => response.destroy());
    });
    await expect((await ask(asking('Hi'))).text()).rejects.toThrow();
    expect(await stage.money(run)).toMatchObject({ tokens: 1300, held: 0 });
    expect(await stage.story(run)).toEqual(['agent:invoke', 'agent:broken']);
    const broken = (await stage.store().events.list(run.runKey)).find(({ type }) => type === 'agent:broken');
    expect(broken).toMatchObject({ estimated: ['output'] });
    stage.provider().answerWith(whole(pieces.join(''), { 'content-type': 'text/event-stream' }));
    expect(await (await ask(asking('Hi'))).text()).toBe(pieces.join(''));
    expect(await stage.money(run)).toMatchObject({ tokens: 1300 + 309, held: 0 });
  });

  it('that is an error in a stream is passed on, billed as counted, and not kept', async () => {
    await stage.gateway();
    const { run, ask } = await stage.attempt();
    const [start] = messageEvents('x', { input: 300 });
    const body = `${start}event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n`;
    stage.provider().answerWith(whole(body, { 'content-type': 'text/event-stream' }));
    expect(await (await ask(asking('Hi'))).text()).toBe(body);
    expect(await (await ask(asking('Hi'))).text()).toBe(body);
    expect(stage.provider().asked).toHaveLength(2);
    expect(await stage.money(run)).toMatchObject({ tokens: 602, held: 0 });
  });
});

describe('a chat that was not asked to tell its tokens', () => {
  const chat = { model: 'chat-model', stream: true, max_tokens: 9000, messages: [{ role: 'user', content: 'Hi' }] };
  const chunk = (delta: object, reason: string | null = null) =>
    `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
  const called = { tool_calls: [{ index: 0, function: { name: 'bash', arguments: '{"command":"ls"}' } }] };
  const pieces = [
    chunk({ content: 'x'.repeat(70) }),
    chunk({ content: 'y'.repeat(35) }),
    chunk(called),
    chunk({}, 'stop'),
  ];
  const models = [{ model: 'chat-model', provider: 'openai' }];

  it.each([
    ['is billed by what came of it', {}, 30, 40],
    ['is billed as it was held back where it may have thought unseen', { reasoning_effort: 'high' }, 9000, 9000],
  ])('%s, and says that it is estimated', async (_what, more, least, most) => {
    await stage.gateway();
    const { run, ask } = await stage.attempt({}, { models });
    stage
      .provider()
      .answerWith(whole([...pieces, 'data: [DONE]\n\n'].join(''), { 'content-type': 'text/event-stream' }));
    await (await ask({ ...chat, ...more }, { path: '/v1/chat/completions' })).text();
    const [told] = (await stage.store().events.list(run.runKey)).filter(({ type }) => type === 'agent:answer');
    expect(told).toMatchObject({ estimated: ['input', 'output'] });
    const input = Math.ceil(JSON.stringify({ ...chat, ...more }).length / 3.5);
    const output = (await stage.money(run)).tokens - input;
    expect(output).toBeGreaterThanOrEqual(least);
    expect(output).toBeLessThanOrEqual(most);
  });
});

describe('what is free', () => {
  it('is counted by the provider, and neither billed nor kept', async () => {
    await stage.gateway();
    const { run, ask } = await stage.attempt();
    stage.provider().answerWith(whole('{"input_tokens":12}'));
    const path = '/v1/messages/count_tokens?beta=true';
    expect(await (await ask(asking('Hi'), { path })).text()).toBe('{"input_tokens":12}');
    expect(stage.provider().asked[0]!.url).toBe(path);
    expect(await stage.story(run)).toEqual([]);
  });

  it('lists the models that the attempt may ask, without asking anybody', async () => {
    const gateway = await stage.gateway();
    const { run, token } = await stage.attempt();
    const url = `${gateway.url}/run/${encodeURIComponent(run.runKey)}/task/one/attempt/1/v1/models`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    expect(await answer.json()).toMatchObject({ data: [{ id: model }, { id: 'gpt-5' }], has_more: false });
    expect(stage.provider().asked).toHaveLength(0);
  });
});
