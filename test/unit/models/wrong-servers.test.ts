import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAnthropicModel } from '../../../src/models/anthropic.ts';
import type { ModelError } from '../../../src/models/model.ts';
import { rawAnswer } from '../../support/model/raw-model.ts';
import type { WireAnswer, WireServer } from '../../support/model/wire-server.ts';
import { body, events, json, startWireServer } from '../../support/model/wire-server.ts';
import { aRequest, call, failureOf } from './model-fixture.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.close());

function refusal(answer: WireAnswer): Promise<ModelError> {
  server.answerWith(() => answer);
  return failureOf(call(createAnthropicModel({ apiKey: 'the-secret-key', baseURL: server.url, idleTimeoutMs: 5000 })));
}

const html = { 'content-type': 'text/html; charset=utf-8' };
const page = '<!doctype html><html><head><title>\n Sign in </title></head></html>';
const begun = rawAnswer({ text: 'x' })[0]!;

describe('what is no answer of the Messages API', () => {
  it.each<[string, WireAnswer, string]>([
    ['a page', body(page, html), 'a web page (“Sign in”)'],
    ['a page without a type', body(page, {}), 'a web page (“Sign in”)'],
    ['a page that says it is a stream', body(page, { 'content-type': 'text/event-stream' }), 'a web page'],
    ['words', body('Bad gateway', { 'content-type': 'text/plain' }), 'something else (text/plain)'],
    ['nothing', (response) => void response.writeHead(204).end(), 'nothing'],
    ['a list', json([]), 'JSON that is no message'],
    ['JSON of its own', json({ hello: 'world' }), 'JSON that is no message'],
    ['JSON with words', json({ Message: 'An error has occurred.' }), 'no message (“An error has occurred.”)'],
    ['a body without an end', body(gzipSync(Buffer.alloc(17_000_000, ' ')), {}), 'an answer that does not end'],
    ['large headers', body('', { 'x-a': 'a'.repeat(30_000) }), 'headers that are larger than any are'],
    ['OpenAI’s answer', json({ object: 'chat.completion', choices: [] }), 'OpenAI’s Chat Completions API'],
    [
      'OpenAI’s stream',
      events('data: {"object":"chat.completion.chunk","choices":[{"delta":{"content":"x"}}]}\n\ndata: [DONE]\n\n'),
      'OpenAI’s Chat Completions API',
    ],
    [
      'OpenAI’s new stream',
      events('event: response.created\ndata: {"type":"response.created"}\n\n'),
      'OpenAI’s Responses API',
    ],
    ['Gemini’s answer', json({ candidates: [{ content: {} }] }), 'Google’s Gemini API'],
    ['Gemini’s stream', events('data: {"candidates":[{}]}\n\n'), 'Google’s Gemini API'],
    [
      'Ollama’s lines',
      body('{"model":"m","message":{"content":"x"},"done":false}\n{"done":true}\n', {
        'content-type': 'application/x-ndjson',
      }),
      'Ollama’s own API',
    ],
    ['Bedrock’s answer', json({ output: { message: {} }, stopReason: 'end_turn' }), 'Bedrock’s Converse API'],
    ['a packing that nobody knows', body('x', { 'content-encoding': 'zip' }), 'packed as zip'],
    ['a page for a 403', body(page, html, 403), 'a web page (“Sign in”) (403)'],
    ['a page for a 404', body(page, html, 404), 'a web page (“Sign in”) (404)'],
    [
      'a redirect',
      (response) => void response.writeHead(308, { location: '/login?token=abc' }).end(),
      '/login, where the key does not go (308)',
    ],
  ])('is refused at once by its name: %s', async (_, answer, name) => {
    const { kind, isPassing, isTerminal, message } = await refusal(answer);
    expect({ kind, isPassing, isTerminal }).toEqual({ kind: 'wrong-server', isPassing: false, isTerminal: true });
    expect(message).toContain(name);
    expect(message).toMatch(/^127\.0\.0\.1:\d+ answered with .*check ANTHROPIC_BASE_URL/);
    expect(message).not.toContain('abc');
  });

  it('is refused at once where it is no HTTP', async () => {
    const strange = createServer((socket) => socket.on('error', () => undefined).end('\x16\x03\x01hello'));
    await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve));
    const baseURL = `http://127.0.0.1:${(strange.address() as AddressInfo).port}`;
    const { kind, message } = await failureOf(call(createAnthropicModel({ apiKey: 'k', baseURL })));
    expect({ kind, message }).toEqual({ kind: 'wrong-server', message: expect.stringContaining('no HTTP') as string });
    strange.close();
  });

  it.each<[string, WireAnswer, string]>([
    ['nothing', body('', { 'content-type': 'application/json' }), 'ended before it was whole'],
    ['a beginning', events(rawAnswer({ text: 'x' }).slice(0, 4).join('')), 'ended before it was whole'],
    ['half of an object', body('{"type":"mess', { 'content-type': 'application/json' }), 'JSON'],
  ])('is refused when the same call was answered four times with %s', async (_, answer, name) => {
    server.answerWith(() => answer);
    const client = createAnthropicModel({ apiKey: 'k', baseURL: server.url });
    for (const wanted of ['broken-stream', 'broken-stream', 'broken-stream', 'wrong-server', 'broken-stream']) {
      const { kind, message } = await failureOf(call(client));
      expect(kind).toBe(wanted);
      if (wanted === 'wrong-server') expect(message).toMatch(new RegExp(`broke off, 4 times .*${name}`));
    }
    await expect(failureOf(call(client, aRequest({ callKey: 'another' })))).resolves.toMatchObject({ isPassing: true });
  });

  it('is asked again when nothing at all came, or a passing failure has a page', async () => {
    expect(await refusal(events(''))).toMatchObject({ kind: 'broken-stream', isPassing: true });
    expect(await refusal(body('', { 'content-type': 'application/json' }))).toMatchObject({ kind: 'broken-stream' });
    expect(await refusal(body('{"type":"mess', { 'content-type': 'application/json' }))).toMatchObject({
      isPassing: true,
    });
    for (const [status, kind] of [
      [401, 'authentication'],
      [413, 'too-long'],
    ] as const)
      expect(await refusal(body(page, html, status))).toMatchObject({ kind, status });
    expect((await refusal(body(page, html, 407))).message).toContain('a proxy on the way wants a password (407)');
    expect(await refusal(body(page, html, 429))).toMatchObject({ kind: 'rate-limited', status: 429 });
    const { kind, message } = await refusal(body(page, html, 502));
    expect({ kind, message }).toEqual({ kind: 'unavailable', message: expect.stringContaining('Sign in') as string });
  });
});

describe('an error in another shape', () => {
  const shapes: [string, unknown, string][] = [
    [
      'llama.cpp',
      { code: 500, message: 'the request exceeds the available context size', type: 'exceed_context_size_error' },
      'too-long',
    ],
    ['OpenAI', { error: { message: 'no', type: 'invalid_request_error', code: 'invalid_api_key' } }, 'authentication'],
    ['a quota', { error: { message: 'no', type: 'insufficient_quota', code: 'insufficient_quota' } }, 'spend-limit'],
    ['Google', { error: { code: 403, message: 'no', status: 'PERMISSION_DENIED' } }, 'permission'],
    ['Google’s limit', { error: { code: 429, message: 'slow', status: 'RESOURCE_EXHAUSTED' } }, 'rate-limited'],
    [
      'vLLM',
      { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 },
      'unknown-model',
    ],
    [
      'LiteLLM',
      {
        error: { message: 'litellm.BadRequestError: Invalid model name passed in model=x', type: 'None', code: '400' },
      },
      'unknown-model',
    ],
    ['Bedrock', { __type: 'com.amazon.coral#ValidationException', message: 'no', code: 400 }, 'bad-request'],
    ['words', { error: 'overloaded', code: 529 }, 'overloaded'],
    ['FastAPI', { detail: 'Unauthorized', status: 401 }, 'authentication'],
    ['the API', { type: 'error', error: { type: 'permission_error', message: 'no' } }, 'permission'],
    ['a policy', { error: { type: 'policy_violation_error', message: 'flagged' } }, 'bad-request'],
    ['another policy', { error: { type: 'content_policy', message: 'blocked' } }, 'bad-request'],
    ['a prompt that is none', { error: { code: 'invalid_prompt', message: 'no' } }, 'bad-request'],
    ['what is not there', { type: 'error', error: { type: 'not_found_error', message: 'nope' } }, 'bad-request'],
    ['a length in words', { error: 'context length exceeded' }, 'too-long'],
    ['an answer that came wrong', { error: { type: 'invalid_response_error', message: 'oops' } }, 'unavailable'],
    ['Cloudflare', { success: false, errors: [{ code: 10000, message: 'Authentication error' }] }, 'authentication'],
    ['MiniMax', { base_resp: { status_code: 1008, status_msg: 'insufficient balance' } }, 'spend-limit'],
    ['Baidu', { error_code: 18, error_msg: 'Open api qps request limit reached' }, 'unavailable'],
    ['Apigee', { fault: { faultstring: 'no', detail: { errorcode: 'oauth.v2.InvalidApiKey' } } }, 'authentication'],
    ['Amazon', { Output: { __type: 'com.amazon.coral.service#AccessDeniedException' } }, 'permission'],
    ['Amazon’s capitals', { __type: 'AccessDeniedException', Message: 'no policy allows' }, 'permission'],
    ['words alone', { detail: 'Unauthorized' }, 'authentication'],
    ['an outage', { error: { type: 'server_error', message: 'oops' } }, 'unavailable'],
  ];

  it.each(shapes)(
    'is what it is in a stream, in a body, and as an event without a name: %s',
    async (_, error, kind) => {
      const data = `data: ${JSON.stringify(error)}\n\n`;
      for (const answer of [
        events(`${begun}event: error\n${data}`),
        events(`${begun}${data}`),
        events(data),
        json(error),
      ]) {
        expect(await refusal(answer)).toMatchObject({ kind });
      }
    },
  );

  it.each([
    [{ base_resp: { status_code: 1004, status_msg: 'login fail: carry the key' } }, 'login fail: carry the key'],
    [{ error_code: 110, error_msg: 'Access token invalid or no longer valid' }, 'Access token invalid'],
    [[{ error: { code: 403, message: 'Permission denied on x', status: 'PERMISSION_DENIED' } }], 'denied on x'],
    [{ errors: ['no such route'] }, 'no such route'],
  ])('is told in its own words: %j', async (error, words) => {
    const { message } = await refusal(json(error));
    expect(message).toMatch(new RegExp(`; provider: .*${words}`));
  });

  it('is read where it is no JSON, and where it comes with when to ask again', async () => {
    const words = await refusal(events(`${begun}event: error\ndata: out of memory\n\n`));
    expect(words).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('out of memory') as string });
    const key = await refusal(events('event: error\ndata: Invalid API key\n\n'));
    expect(key).toMatchObject({ kind: 'authentication', isPassing: false });
    const headers = { 'content-type': 'application/json', 'retry-after': '7' };
    const limited = body(JSON.stringify({ error: { type: 'rate_limit_error', message: 'slow' } }), headers);
    expect(await refusal(limited)).toMatchObject({ kind: 'rate-limited', retryAfterMs: 7000 });
  });

  it.each<[number, unknown, string]>([
    [
      400,
      { error: { code: 400, message: 'no', type: 'exceed_context_size_error', n_prompt_tokens: 9000 } },
      'too-long',
    ],
    [400, { error: { message: 'Invalid model name passed in model=x', type: 'None', code: '400' } }, 'unknown-model'],
    [400, { message: 'The provided model identifier is invalid.', __type: 'ValidationException' }, 'bad-request'],
    [401, { error: { message: 'no', type: 'invalid_request_error', code: 'invalid_api_key' } }, 'authentication'],
    [403, { message: 'Too many', __type: 'ThrottlingException' }, 'rate-limited'],
    [
      404,
      { error: { message: 'model "x" not found, try pulling it first', type: 'not_found_error' } },
      'unknown-model',
    ],
    [404, { error: 'no route' }, 'wrong-server'],
    [422, { detail: [{ loc: ['body', 'system'], msg: 'str type expected' }] }, 'bad-request'],
    [429, { error: { message: 'no', type: 'insufficient_quota' } }, 'spend-limit'],
    [429, { error: { code: '1113', message: 'Insufficient balance. Please recharge.' } }, 'spend-limit'],
    [429, { error: { message: '余额不足，请充值' } }, 'spend-limit'],
    [429, { error: { message: 'You exceeded your current quota.', status: 'RESOURCE_EXHAUSTED' } }, 'rate-limited'],
    [
      400,
      { error: { message: 'API key not valid. Please pass a valid one.', status: 'INVALID_ARGUMENT' } },
      'authentication',
    ],
    [500, { error: { message: 'the request exceeds the available context size', type: 'server_error' } }, 'too-long'],
    [501, { error: { message: 'Not implemented' } }, 'wrong-server'],
    [505, { error: { message: 'no' } }, 'wrong-server'],
    [500, { error: { message: 'no', type: 'invalid_request_error' } }, 'bad-request'],
    [500, { error: { message: 'no', type: 'authentication_error' } }, 'authentication'],
    [500, { error: { message: 'oops', type: 'api_error' } }, 'unavailable'],
  ])('with status %i %j is %s', async (status, error, kind) => {
    expect(await refusal(json(error, status))).toMatchObject({ kind, status });
  });
});
