import { describe, expect, it } from 'vitest';
import type { ScriptedAnswer, ScriptedErrorType, ScriptedFault } from '../../../src/testing/index.ts';
import { aRequest, answering, call, failureOf, fileTool } from './model-fixture.ts';

const answer = {
  text: 'I write the file with ünïcödé and 🙂 in it.',
  tools: [
    { name: 'filesystem', input: { path: 'first.txt' } },
    { name: 'filesystem', input: { path: 'second.txt', content: 'a\nb'.repeat(40) } },
  ],
} satisfies ScriptedAnswer;
const request = aRequest({ tools: [fileTool] });

function errorBody(type: string, message: string, code?: string): { [key: string]: never } {
  const details = code === undefined ? {} : { details: { error_code: code } };
  return { type: 'error', error: { type, message, ...details } } as unknown as { [key: string]: never };
}

const passing = ['rate-limited', 'overloaded', 'unavailable', 'timeout', 'broken-stream'];

describe('a call answered with an error status', () => {
  it.each([
    { status: 400, kind: 'bad-request', says: 'refused the request (400)' },
    { status: 401, kind: 'authentication', says: 'check ANTHROPIC_API_KEY' },
    { status: 402, kind: 'spend-limit', says: 'console' },
    { status: 403, kind: 'permission', says: 'may not use claude-haiku-4-5' },
    { status: 404, kind: 'wrong-server', says: 'check ANTHROPIC_BASE_URL' },
    { status: 408, kind: 'timeout', says: '(408)' },
    { status: 409, kind: 'unavailable', says: '(409)' },
    { status: 413, kind: 'too-long', says: '(413)' },
    { status: 422, kind: 'bad-request', says: '(422)' },
    { status: 429, kind: 'rate-limited', says: 'rate limit is reached (429)' },
    { status: 500, kind: 'unavailable', says: '(500)' },
    { status: 502, kind: 'unavailable', says: '(502)' },
    { status: 503, kind: 'unavailable', says: '(503)' },
    { status: 504, kind: 'timeout', says: '(504)' },
    { status: 529, kind: 'overloaded', says: 'overloaded (529)' },
  ])('is $kind for $status', async ({ status, kind, says }) => {
    const { server, model } = await answering({ fault: { kind: 'http', status } });
    const failure = await failureOf(call(model));
    expect(failure).toMatchObject({ kind, status, isPassing: passing.includes(kind), retryAfterMs: null });
    expect(failure.message).toContain(says);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]!.outcome).toBe('fault');
  });

  it.each([
    { status: 404, body: errorBody('not_found_error', 'model: claude-x'), kind: 'unknown-model' },
    { status: 429, body: errorBody('rate_limit_error', 'Spend.', 'enforced_spend_limit_reached'), kind: 'spend-limit' },
    { status: 429, body: errorBody('rate_limit_error', 'Spend.', 'contract_spend_limit_reached'), kind: 'spend-limit' },
    { status: 429, body: { error: 'enforced_spend_limit_reached' }, kind: 'spend-limit' },
    { status: 400, body: errorBody('invalid_request_error', 'Your credit balance is too low.'), kind: 'spend-limit' },
    {
      status: 400,
      body: errorBody('invalid_request_error', 'You have reached your specified API usage limits.'),
      kind: 'spend-limit',
    },
    { status: 403, body: errorBody('billing_error', 'Pay first.'), kind: 'spend-limit' },
    { status: 500, body: errorBody('overloaded_error', 'Overloaded'), kind: 'overloaded' },
    { status: 502, body: '<html>Bad gateway</html>', kind: 'unavailable' },
    { status: 529, body: '', kind: 'overloaded' },
  ])('is $kind for $status with $body', async ({ status, body, kind }) => {
    const { model } = await answering({ fault: { kind: 'http', status, body } });
    await expect(failureOf(call(model))).resolves.toMatchObject({ kind, status });
  });

  it.each([{ status: 429 }, { status: 529 }, { status: 503 }])(
    'passes on retry-after of $status',
    async ({ status }) => {
      const { model } = await answering({ fault: { kind: 'http', status, retryAfter: 7 } });
      const failure = await failureOf(call(model));
      expect(failure.retryAfterMs).toBe(7000);
      expect(failure.message).toContain('asks to wait 7 s');
    },
  );
});

describe('a call whose stream goes wrong', () => {
  it.each([
    { type: 'overloaded_error', kind: 'overloaded' },
    { type: 'rate_limit_error', kind: 'rate-limited' },
    { type: 'api_error', kind: 'unavailable' },
    { type: 'timeout_error', kind: 'timeout' },
    { type: 'invalid_request_error', kind: 'bad-request' },
    { type: 'authentication_error', kind: 'authentication' },
    { type: 'permission_error', kind: 'permission' },
    { type: 'billing_error', kind: 'spend-limit' },
  ] as const)('is $kind when the stream says $type', async ({ type, kind }) => {
    const { model } = await answering({ ...answer, fault: { kind: 'error-event', type, afterEvents: 5 } });
    const failure = await failureOf(call(model, request));
    expect(failure).toMatchObject({ kind, status: null });
    expect(failure.message).toContain(type);
  });

  it.each<ScriptedFault>([
    { kind: 'cut', afterEvents: 1 },
    { kind: 'cut', afterEvents: 9 },
    { kind: 'early-end', afterEvents: 4 },
    { kind: 'garbage-event' },
    { kind: 'broken-tool-json' },
  ])('is a broken stream after %o', async (fault) => {
    const { model } = await answering({ ...answer, fault });
    await expect(failureOf(call(model, request))).resolves.toMatchObject({ kind: 'broken-stream', isPassing: true });
  });

  it('is a whole answer when only its pieces are odd', async () => {
    const { model } = await answering({ ...answer, fault: { kind: 'split-bytes' } });
    const { content, stopReason } = await call(model, request);
    expect(stopReason).toBe('tool_use');
    expect(content).toMatchObject([{ type: 'text', text: answer.text }, answer.tools[0], answer.tools[1]]);
  });

  it('keeps a whole answer whose connection breaks after the last event', async () => {
    const { model } = await answering({ text: 'Whole.', fault: { kind: 'cut', afterEvents: 7 } });
    await expect(call(model)).resolves.toMatchObject({ content: [{ type: 'text', text: 'Whole.' }] });
  });

  it('keeps the tool call that max_tokens cut from running, and only that one', async () => {
    const { model } = await answering({ ...answer, fault: { kind: 'truncated-tool-json' } });
    const { content, stopReason } = await call(model, request);
    expect(stopReason).toBe('max_tokens');
    expect(content).toMatchObject([
      { type: 'text' },
      { type: 'tool_use', input: { path: 'first.txt' } },
      { type: 'tool_use', input: {}, problem: expect.stringContaining('did not run') as string },
    ]);
    expect(content[1]).not.toHaveProperty('problem');
  });

  it('returns a refusal as an answer without tool calls', async () => {
    const { model } = await answering({ ...answer, fault: { kind: 'refusal' } });
    const { content, stopReason } = await call(model, request);
    expect(stopReason).toBe('refusal');
    expect(content).toEqual([{ type: 'text', text: answer.text }]);
  });
});

describe('forty faulty scripts', () => {
  const errorTypes: ScriptedErrorType[] = ['overloaded_error', 'api_error', 'rate_limit_error', 'timeout_error'];
  const faults: ScriptedFault[] = [
    ...[0, 1, 2, 3, 4, 6, 8, 12].map((afterEvents): ScriptedFault => ({ kind: 'cut', afterEvents })),
    ...[0, 1, 2, 3, 4, 6, 8, 12].map((afterEvents): ScriptedFault => ({ kind: 'early-end', afterEvents })),
    ...[0, 1, 3, 5, 7, 9].map((afterEvents): ScriptedFault => ({ kind: 'stall', afterEvents })),
    ...[0, 2, 4, 6].map((afterEvents): ScriptedFault => ({ kind: 'garbage-event', afterEvents })),
    ...[0, 4].flatMap((afterEvents) =>
      errorTypes.map((type): ScriptedFault => ({ kind: 'error-event', type, afterEvents })),
    ),
    ...[500, 502, 503, 504, 529].map((status): ScriptedFault => ({ kind: 'http', status })),
    { kind: 'broken-tool-json' },
  ];

  it('end every call with a passing error, and none hangs', async () => {
    expect(faults).toHaveLength(40);
    const calls = faults.map(async (fault) => {
      const { model } = await answering({ ...answer, fault }, { firstByteTimeoutMs: 200, idleTimeoutMs: 200 });
      return { fault, isPassing: (await failureOf(call(model, request))).isPassing };
    });
    expect(await Promise.all(calls)).toEqual(faults.map((fault) => ({ fault, isPassing: true })));
  }, 10_000);
});
