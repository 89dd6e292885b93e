import { describe, expect, it } from 'vitest';
import { classifyError, classifyProviderError, retryAfterOf } from '../../../src/models/classify-error.ts';

const facts = {
  model: 'claude-haiku-4-5',
  baseURL: 'http://127.0.0.1:1',
  apiKey: 'the-key-of-the-test',
  firstByteTimeoutMs: 2000,
  idleTimeoutMs: 1000,
};
const now = Date.parse('2026-11-01T12:00:00Z');

describe('retryAfterOf', () => {
  it.each([
    { headers: { 'retry-after': '30' }, ms: 30_000 },
    { headers: { 'retry-after': '0.5' }, ms: 500 },
    { headers: { 'retry-after': '-3' }, ms: 0 },
    { headers: { 'retry-after': 'Sun, 01 Nov 2026 12:02:00 GMT' }, ms: 120_000 },
    { headers: { 'retry-after': 'Sun, 01 Nov 2026 11:00:00 GMT' }, ms: 0 },
    { headers: { 'retry-after-ms': '1500', 'retry-after': '9' }, ms: 1500 },
    { headers: { 'retry-after': 'Sunday, 01-Nov-26 12:02:00 GMT' }, ms: 120_000 },
    { headers: { 'retry-after': String(now / 1000 + 120) }, ms: 120_000 },
    { headers: { 'retry-after': String(now + 120_000) }, ms: 120_000 },
    { headers: { 'retry-after': '86400' }, ms: 86_400_000 },
    { headers: { 'retry-after': '1e400' }, ms: null },
    { headers: { 'retry-after': 'soon' }, ms: null },
    { headers: { 'retry-after': '' }, ms: null },
    { headers: {}, ms: null },
  ])('reads $headers as $ms ms', ({ headers, ms }) => {
    expect(retryAfterOf(new Headers(headers as Record<string, string>), now)).toBe(ms);
  });
});

describe('classifyProviderError', () => {
  const asked = { type: 'invalid_request_error', code: null, retryAfterMs: null };
  it.each([
    ['prompt is too long: 208310 tokens > 200000 maximum', { input: 208_310, most: 200_000 }],
    [
      'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again',
      { input: 188_240, most: 200_000 },
    ],
    ["This model's maximum context length is 128000 tokens.", null],
    [
      "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (7000 in the messages, 2000 in the completion).",
      { input: 7000, most: 8192 },
    ],
    ['input length and max_tokens exceed context limit: 188,240 + 21,333 > 200,000', { input: 188_240, most: 200_000 }],
    ['Request too large: prompt tokens 210,000 > 200,000', { input: 210_000, most: 200_000 }],
    ['Input is too long for requested model.', null],
    ['input token count (210000) exceeds the maximum number of tokens allowed (200000)', null],
    ["The input (198000 tokens) is longer than the model's context length (196608 tokens)", null],
    ['messages: total length 812000 tokens exceeds the limit of 200000 tokens', null],
  ])('knows that a conversation is too long: %s', (message, tooLong) => {
    for (const status of [400, null]) {
      expect(classifyProviderError({ ...asked, status, message }, facts)).toMatchObject({ kind: 'too-long', tooLong });
    }
  });

  it('takes no other refusal for one', () => {
    const message = 'max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens';
    expect(classifyProviderError({ ...asked, status: 400, message }, facts).kind).toBe('bad-request');
    const image = 'messages.0.content.1: image exceeds the maximum size of 5 MB';
    expect(classifyProviderError({ ...asked, status: 400, message: image }, facts).kind).toBe('bad-request');
    expect(classifyProviderError({ ...asked, status: 429, message: 'too many tokens' }, facts).kind).toBe(
      'rate-limited',
    );
    expect(classifyProviderError({ ...asked, status: 413, message: 'Request too large' }, facts).kind).toBe('too-long');
  });
});

describe('classifyError', () => {
  it('takes an unknown error for a broken stream, without the key', () => {
    const failure = classifyError(new Error(`socket said ${facts.apiKey}`), facts);
    expect(failure).toMatchObject({
      kind: 'broken-stream',
      message: expect.stringContaining('socket said ***') as string,
    });
  });

  it('promises nothing that only whoever asks again can know, in words', () => {
    const cause = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
    expect(classifyError(cause, facts).message).toBe('the answer broke off (other side closed)');
  });

  it('leaves a ModelError as it is', () => {
    const failure = classifyError(new Error('x'), facts);
    expect(classifyError(failure, facts)).toBe(failure);
  });
});
