import { describe, expect, it } from 'vitest';
import type { ScriptedFault } from '../../../src/testing/index.ts';
import { body, events, json } from '../../support/model/wire-server.ts';
import { call, failureOf, fileTool } from './model-fixture.ts';
import { gptRequest, openai, saying, serving } from './openai-fixture.ts';

const wires = ['responses', 'chat'] as const;
const tools = [{ name: 'filesystem', input: { path: 'a-long-path/with/many/parts.ts' } }];
const error = (message: string, code: string | null, type = 'invalid_request_error') => ({
  error: { message, type, param: null, code },
});

describe.each(wires)('a fault on the wire %s', (wire) => {
  it.each<[string, ScriptedFault, string]>([
    ['the connection breaks', { kind: 'cut', afterEvents: 3 }, 'broken-stream'],
    ['the stream ends early', { kind: 'early-end', afterEvents: 3 }, 'broken-stream'],
    ['an error in the stream', { kind: 'error-event', type: 'api_error' }, 'unavailable'],
    ['a rate limit in the stream', { kind: 'error-event', type: 'rate_limit_error' }, 'rate-limited'],
    ['silence', { kind: 'stall' }, 'timeout'],
    ['silence from the beginning', { kind: 'stall', afterEvents: 0 }, 'timeout'],
    ['an event that is no JSON', { kind: 'garbage-event' }, 'broken-stream'],
    ['arguments that are no JSON', { kind: 'broken-tool-json' }, 'broken-stream'],
    ['500', { kind: 'http', status: 500 }, 'unavailable'],
    ['503', { kind: 'http', status: 503 }, 'unavailable'],
    ['a page', { kind: 'http', status: 200, body: '<html><title>Login</title></html>' }, 'wrong-server'],
    ['an answer of another API', { kind: 'http', status: 200, body: { candidates: [] } }, 'wrong-server'],
    ['JSON that is no answer', { kind: 'http', status: 200, body: { hello: 1 } }, 'wrong-server'],
  ])('%s: is told as what it is', async (_name, fault, kind) => {
    const { model } = await saying(wire, [{ text: 'Some text.', tools, fault }], {
      firstByteTimeoutMs: 300,
      idleTimeoutMs: 300,
    });
    const failure = await failureOf(call(model, gptRequest({ tools: [fileTool] })));
    expect(failure).toMatchObject({ kind });
    expect(failure.message).not.toContain('ANTHROPIC');
  });

  it('bytes in any pieces make the same answer', async () => {
    const { server, model } = await saying(wire, [{ text: 'ééé 🙂', tools, fault: { kind: 'split-bytes' } }]);
    const answer = await call(model, gptRequest({ tools: [fileTool] }));
    expect(answer.content).toMatchObject([{ text: 'ééé 🙂' }, tools[0]!]);
    expect(answer.usage).toEqual(server.requests[0]!.usage);
  });

  it('a refusal is one, and what it asked for does not run', async () => {
    const { model } = await saying(wire, [{ text: 'I cannot.', tools, fault: { kind: 'refusal' } }]);
    expect(await call(model, gptRequest({ tools: [fileTool] }))).toMatchObject({
      content: [{ type: 'text', text: 'I cannot.' }],
      stopReason: 'refusal',
    });
  });

  it('a call that was cut off does not run, and says why', async () => {
    const { model } = await saying(wire, [{ text: 'I look.', tools, fault: { kind: 'truncated-tool-json' } }]);
    const answer = await call(model, gptRequest({ tools: [fileTool] }));
    expect(answer.stopReason).toBe('max_tokens');
    expect(answer.content[1]).toMatchObject({
      input: {},
      problem: expect.stringMatching(/reached its limit/) as string,
    });
  });
});

describe('an error of OpenAI’s API', () => {
  it.each([
    [401, error('Incorrect API key provided: sk-…', 'invalid_api_key'), 'authentication', /check OPENAI_API_KEY/],
    [403, error('Country not supported', 'unsupported_country_region_territory'), 'permission', /another key/],
    [404, error('The model `gpt-5-mini` does not exist', 'model_not_found'), 'unknown-model', /another `model`/],
    [
      429,
      error('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota'),
      'spend-limit',
      /credit/,
    ],
    [429, error('Your account is not active', 'billing_not_active', 'billing_not_active'), 'spend-limit', /credit/],
    [429, error('Rate limit reached for gpt-5-mini', 'rate_limit_exceeded', 'tokens'), 'rate-limited', /rate limit/],
    [
      400,
      error(
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        'context_length_exceeded',
      ),
      'too-long',
      /longer than/,
    ],
    [400, error("Invalid 'input[0].content'", null), 'bad-request', /refused the request/],
    [500, error('The server had an error', null, 'server_error'), 'unavailable', /failed/],
    [503, error('Overloaded', 'server_overloaded', 'server_error'), 'overloaded', /overloaded/],
  ])('%i %j is %s', async (status, said, kind, words) => {
    const { baseURL } = await serving(() => json(said, status));
    const failure = await failureOf(call(openai({ baseURL }), gptRequest()));
    expect(failure).toMatchObject({ kind, status });
    expect(failure.message).toMatch(words);
    if (kind === 'too-long') expect(failure.tooLong).toEqual({ input: 9000, most: 8192 });
  });

  it.each([
    [{ code: 'rate_limit_exceeded', message: 'Rate limit reached' }, 'rate-limited'],
    [{ code: 'server_error', message: 'An error occurred' }, 'unavailable'],
    [{ code: 'context_length_exceeded', message: 'Your input exceeds the context window of this model.' }, 'too-long'],
    [{ code: 'insufficient_quota', message: 'You exceeded your current quota' }, 'spend-limit'],
    [null, 'unavailable'],
  ])('inside of an answer that failed counts, too: %j', async (said, kind) => {
    const failed = { type: 'response.failed', response: { object: 'response', status: 'failed', error: said } };
    const { baseURL } = await serving(() => events(`event: response.failed\ndata: ${JSON.stringify(failed)}\n\n`));
    expect(await failureOf(call(openai({ baseURL }), gptRequest()))).toMatchObject({ kind });
  });

  it('says when to come back, and what is left of the account’s limits', async () => {
    const headers = { 'retry-after-ms': '1500' };
    const { baseURL } = await serving(() => body('{"error":{"message":"slow down"}}', headers, 429));
    expect(await failureOf(call(openai({ baseURL }), gptRequest()))).toMatchObject({ retryAfterMs: 1500 });
    const limits = { 'x-ratelimit-limit-requests': '500', 'x-ratelimit-remaining-requests': '499' };
    const { model } = await saying('responses', [{ text: 'Done.', headers: limits }]);
    expect((await call(model, gptRequest())).limits).toEqual({
      requests: { limit: 500, remaining: 499 },
      tokens: null,
    });
  });
});

const chatAnswer = {
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
};

describe('an address', () => {
  it('without Responses is asked by Chat Completions, from then on at once', async () => {
    const { baseURL, asked } = await serving(({ path }) =>
      path.endsWith('/responses') ? json({ detail: 'Not Found' }, 404) : json(chatAnswer),
    );
    const model = openai({ baseURL: `${baseURL}/` });
    expect(await call(model, gptRequest())).toMatchObject({ content: [{ text: 'Hi.' }], stopReason: 'end_turn' });
    await call(model, gptRequest());
    expect(asked.map(({ path }) => path)).toEqual(['/v1/responses', '/v1/chat/completions', '/v1/chat/completions']);
  });

  it.each([
    ['answers by', json(chatAnswer)],
    ['is busy by', json({ error: { message: 'Slow down' } }, 429)],
  ])('that has no such model keeps Responses for others, where Chat Completions %s', async (_how, chat) => {
    const missing = { error: { message: 'No such model', code: 'model_not_found' } };
    const { baseURL, asked } = await serving(({ path }) => (path.endsWith('/responses') ? json(missing, 404) : chat));
    const model = openai({ baseURL });
    for (const _ of [1, 2]) await call(model, gptRequest()).catch(() => null);
    const [responses, other] = ['/v1/responses', '/v1/chat/completions'];
    expect(asked.map(({ path }) => path)).toEqual([responses, other, responses, other]);
  });

  it('with neither is no OpenAI API', async () => {
    const { baseURL } = await serving(() => json({ detail: 'Not Found' }, 404));
    const failure = await failureOf(call(openai({ baseURL }), gptRequest()));
    expect(failure).toMatchObject({ kind: 'wrong-server', status: 404 });
    expect(failure.message).toMatch(/no OpenAI API.*check OPENAI_BASE_URL/);
  });

  it('gets its key alone: no redirect takes it elsewhere', async () => {
    const other = await serving(() => json(chatAnswer));
    const { baseURL, asked } = await serving(() => body('', { location: `${other.baseURL}/responses` }, 307));
    const failure = await failureOf(call(openai({ baseURL, apiKey: 'the-secret-key' }), gptRequest()));
    expect(failure.message).toMatch(/a redirect to .*, where the key does not go/);
    expect(asked[0]!.headers.authorization).toBe('Bearer the-secret-key');
    expect(other.asked).toEqual([]);
  });

  it('that repeats the key does not have it told', async () => {
    const { baseURL } = await serving(({ headers }) => json(error(`no ${headers.authorization}`, null), 400));
    const failure = await failureOf(call(openai({ baseURL, apiKey: 'the-secret-key' }), gptRequest()));
    expect(failure.message).not.toContain('the-secret-key');
  });

  it('is asked with a key that can be one', () => {
    expect(() => openai({ baseURL: 'http://127.0.0.1:9/v1', apiKey: 'two words' })).toThrow(/check OPENAI_API_KEY$/);
  });
});
