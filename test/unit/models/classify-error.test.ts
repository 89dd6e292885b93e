import { describe, expect, it } from 'vitest';
import { classifyError, classifyProviderError } from '../../../src/models/classify-error.ts';
import { retryAfterOf } from '../../../src/models/retry-after.ts';

const facts = {
  model: 'claude-haiku-4-5',
  baseURL: 'http://127.0.0.1:1',
  apiKey: 'the-key-of-the-test',
  firstByteTimeoutMs: 2000,
  idleTimeoutMs: 1000,
  api: 'Messages API',
  places: { key: 'ANTHROPIC_API_KEY', address: 'ANTHROPIC_BASE_URL' },
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
    { headers: { 'retry-after': '3,600' }, ms: 3_600_000 },
    { headers: { 'retry-after': '3600s' }, ms: 3_600_000 },
    { headers: { 'retry-after': '1500ms' }, ms: 1500 },
    { headers: { 'retry-after': '120 (seconds)' }, ms: 120_000 },
    { headers: { 'retry-after': '10 minutes' }, ms: 600_000 },
    { headers: { 'retry-after': '1 hour' }, ms: 3_600_000 },
    { headers: { 'retry-after': '60, 120' }, ms: null },
    { headers: { 'retry-after': '99999999' }, ms: 31 * 86_400_000 },
    { headers: { 'retry-after': new Date(now + 400 * 86_400_000).toUTCString() }, ms: 400 * 86_400_000 },
    { headers: { 'retry-after': '99999999999999999999' }, ms: 3650 * 86_400_000 },
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

  it.each([
    'Range of input length should be [1, 30720]',
    'Your request exceeded model token limit: 8192',
    'prompt token count of 130000 exceeds the limit of 128000',
    'input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens.',
    'The decoder prompt (length 5000) is longer than the maximum model length of 4096.',
    'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens',
    '`inputs` must have less than 4096 tokens. Given: 5000',
    'invalid params, context window exceeds limit (2013)',
    'the model is loaded with context length of only 4096 tokens',
    'Please reduce the length of the messages or completion.',
    'Total tokens of image and text exceed max message tokens',
    'max_tokens (8192) + prompt tokens (30000) > context (32768)',
    'Message size exceeds limit',
    'Token limit exceeded: the input of 40000 tokens is larger than the window of 32768',
    '输入长度超过模型最大上下文长度',
    '上下文长度超出限制',
    '请求超过了最大上下文长度',
    'Prompt 超长',
    'This model’s maximum prompt length is 131072 but the request contains 150000 tokens.',
    'Prompt exceeds max length',
    'The sum of prompt length (5000.0), query length (0) should not exceed max_num_tokens (4096)',
    'the number of input tokens 5000 cannot exceed the total tokens limit 4096 for this model',
    'Malformed input request: expected maxLength: 300000, actual: 400000',
    'Requested tokens (9000) exceed context window of 8192',
    'too many tokens: total number of tokens in the prompt cannot exceed 4081',
    'input length 9000 exceeds maximum input length 8192',
    'Please shorten your prompt',
    'Context size has been exceeded.',
    'context length exceeded',
  ])('knows it in each vendor’s words: %s', (message) => {
    for (const status of [400, 422, 500, null])
      expect(classifyProviderError({ ...asked, type: null, status, message }, facts).kind).toBe('too-long');
    expect(classifyProviderError({ ...asked, type: null, status: 429, message }, facts).kind).toBe('rate-limited');
  });

  it.each([
    'max_tokens must be less than or equal to 8192 output tokens',
    'input tokens per minute exceed the limit of 40000 tokens',
    '请求频率超过限制',
    'messages.3: tool_result exceeds 5 MB',
    'messages: at least one message is required',
    'prompt cannot be empty',
  ])('takes no other limit for one: %s', (message) => {
    expect(classifyProviderError({ ...asked, status: 400, message }, facts).kind).toBe('bad-request');
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
