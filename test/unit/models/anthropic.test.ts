import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import type { Message } from '../../../src/domain/conversation/conversation.ts';
import { addUsage, totalTokens } from '../../../src/domain/money/usage.ts';
import { createAnthropicModel } from '../../../src/models/anthropic.ts';
import { aRequest, answering, call, failureOf, fileTool, scripted } from './model-fixture.ts';

const read = { name: 'filesystem', input: { path: 'src/login.js' } };

/** Long enough to be cached. */
const system = 'You are a worker. '.repeat(1000);

/** A conversation of so many whole turns, with a new tool result at its end. */
function conversation(turns: number): Message[] {
  const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: 'Do the work.' }] }];
  for (let turn = 0; turn < turns; turn++) {
    const id = `toolu_${turn}`;
    messages.push({ role: 'assistant', content: [{ type: 'tool_use', id, ...read }] });
    messages.push({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: id, content: `line ${turn}\n`.repeat(50) }],
    });
  }
  return messages;
}

describe('createAnthropicModel', () => {
  it('returns text, tool calls, stop reason and usage of a streamed answer', async () => {
    const { server, model } = await answering({ text: 'I look: ééé 🙂.', tools: [read, { name: 'done', input: {} }] });
    const answer = await call(model, aRequest({ tools: [fileTool] }));
    expect(answer.content).toEqual([
      { type: 'text', text: 'I look: ééé 🙂.' },
      { type: 'tool_use', id: expect.any(String) as string, ...read },
      { type: 'tool_use', id: expect.any(String) as string, name: 'done', input: {} },
    ]);
    expect(answer.stopReason).toBe('tool_use');
    expect(answer.usage).toEqual(server.requests[0]!.usage);
    expect(server.requests[0]).toMatchObject({ outcome: 'answered', callKey: 'run-1/plan/1', rule: 'the rule' });
  });

  it('tells what the provider says of the limits of the account, as far as it says something', async () => {
    const headers = {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '7',
      'anthropic-ratelimit-tokens-limit': 'many',
      'anthropic-ratelimit-tokens-remaining': '20000',
    };
    const { model } = await answering({ text: 'done', headers });
    expect((await call(model)).limits).toEqual({ requests: { limit: 50, remaining: 7 }, tokens: null });
    const { model: silent } = await answering({ text: 'done' });
    expect(await call(silent)).not.toHaveProperty('limits');
  });

  it('hands on text and progress while the answer streams', async () => {
    const text = 'A sentence that is long enough for several pieces of text in the stream.';
    const { model } = await answering({ text, latencyMs: 20 });
    const deltas: string[] = [];
    const onProgress = vi.fn();
    const signal = new AbortController().signal;
    await model.complete(aRequest(), { signal, onText: (delta) => deltas.push(delta), onProgress });
    expect(deltas.length).toBeGreaterThan(2);
    expect(deltas.join('')).toBe(text);
    expect(onProgress.mock.calls.length).toBeGreaterThan(deltas.length);
  });

  it('sets at most four breakpoints: system, the first message, the newest two user messages', async () => {
    const { server, model } = await answering({ text: 'Done.' });
    await call(model, aRequest({ tools: [{ ...fileTool, name: 'first' }, fileTool], messages: conversation(4) }));
    const body = server.requests[0]!.body as unknown as {
      tools: { cache_control?: object }[];
      system: { cache_control?: object }[];
      messages: { content: { cache_control?: object }[] }[];
    };
    const isMarked = (part: { cache_control?: object } | undefined): boolean => part?.cache_control !== undefined;
    expect(body.tools.map(isMarked)).toEqual([false, false]);
    expect(body.system.map(isMarked)).toEqual([true]);
    const marked = body.messages.flatMap((message, index) => (isMarked(message.content.at(-1)) ? [index] : []));
    expect(marked).toEqual([0, 6, 8]);
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(4);
    server.assertDone();
  });

  it('reads what the turn before wrote to the cache, so that a turn pays for its own part only', async () => {
    const { server, model } = await answering({ text: 'Done.' });
    const first = await call(model, aRequest({ tools: [fileTool], system, messages: conversation(3) }));
    const second = await call(model, aRequest({ tools: [fileTool], system, messages: conversation(4) }));
    expect(first.usage).toMatchObject({ cacheReadTokens: 0, inputTokens: 0 });
    expect(second.usage.cacheReadTokens).toBe(first.usage.cacheWriteTokens);
    expect(second.usage.cacheWriteTokens).toBeLessThan(first.usage.cacheWriteTokens / 2);
    const sum = addUsage(first.usage, second.usage);
    const reported = server.requests.map((request) => totalTokens(request.usage!));
    expect(totalTokens(sum)).toBe(reported[0]! + reported[1]!);
  });

  it('reads it also after a turn of more calls than the provider looks back', async () => {
    const { server, model } = await answering({ text: 'Done.' });
    const ids = Array.from({ length: 30 }, (_, index) => `toolu_many_${index}`);
    const turn: Message[] = [
      { role: 'assistant', content: ids.map((id) => ({ type: 'tool_use', id, ...read })) },
      { role: 'user', content: ids.map((id) => ({ type: 'tool_result', tool_use_id: id, content: 'a line' })) },
    ];
    const first = await call(model, aRequest({ system, messages: conversation(1) }));
    const second = await call(model, aRequest({ system, messages: [...conversation(1), ...turn] }));
    expect(second.usage.cacheReadTokens).toBe(first.usage.cacheWriteTokens);
    server.assertDone();
  });

  it('aborts the HTTP request at once and rejects with the reason of the signal', async () => {
    const { server, model } = await answering({ text: 'Too late, in several pieces.', latencyMs: 60_000 });
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');
    const onProgress = (): void => controller.abort(reason);
    await expect(model.complete(aRequest(), { signal: controller.signal, onProgress })).rejects.toBe(reason);
    await vi.waitFor(() => expect(server.requests[0]!.outcome).toBe('aborted'));
  });

  it('sends nothing when the signal is already aborted', async () => {
    const { server, model } = await answering({ text: 'Never.' });
    const reason = new Error('too late');
    await expect(model.complete(aRequest(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    { afterEvents: 0, where: 'before the headers', limits: { firstByteTimeoutMs: 100 }, name: 'FIRST_BYTE' },
    { afterEvents: 3, where: 'in the middle of the stream', limits: { idleTimeoutMs: 100 }, name: 'IDLE' },
  ])(
    'gives up a call that falls silent $where, each with a limit of its own',
    async ({ afterEvents, limits, name }) => {
      const { model } = await answering({ text: 'Hm.', fault: { kind: 'stall', afterEvents } }, limits);
      const failure = await failureOf(call(model));
      expect(failure).toMatchObject({ kind: 'timeout', isPassing: true });
      expect(failure.message).toContain(`for 0.1 s (GAFFER_MODEL_${name} gives it longer)`);
    },
  );

  it('gives up a call that goes on for too long', async () => {
    const { server, model } = await answering({ text: 'Slow.', latencyMs: 60_000 }, { totalTimeoutMs: 100 });
    const failure = await failureOf(call(model));
    expect(failure.kind).toBe('timeout');
    expect(failure.message).toContain('longer than 0.1 s');
    await vi.waitFor(() => expect(server.requests[0]!.outcome).toBe('aborted'));
  });

  it('keeps warnings about old models out of the console', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { model } = await answering({ text: 'Done.' });
    await call(model, aRequest({ model: 'claude-sonnet-4-5' }));
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('takes a call key that no header could carry', async () => {
    const { server, model } = await answering({ text: 'Done.' });
    await call(model, aRequest({ callKey: 'run/Prüfung[日本]#1' }));
    expect(decodeURIComponent(server.requests[0]!.callKey!)).toBe('run/Prüfung[日本]#1');
  });

  it('says what to do when nobody listens at the address', async () => {
    const { server } = await answering({ text: 'Gone.' });
    await server.close();
    const failure = await failureOf(call(createAnthropicModel({ apiKey: 'k', baseURL: server.url })));
    expect(failure.kind).toBe('unavailable');
    expect(failure.message).toContain(`127.0.0.1:${server.port} (ECONNREFUSED)`);
    expect(failure.message).toContain('ANTHROPIC_BASE_URL');
  });

  it('never shows the key, not even when the provider sends it back', async () => {
    const apiKey = 'sk-ant-a-very-secret-key';
    const message = `invalid key ${apiKey}\u001b[31m\nsecond line`;
    const body = { type: 'error', error: { type: 'authentication_error', message } };
    const { server } = await answering({ fault: { kind: 'http', status: 401, body } });
    const failure = await failureOf(call(createAnthropicModel({ apiKey, baseURL: server.url })));
    expect(inspect(failure, { depth: 9 })).not.toContain(apiKey);
    expect(failure.message).toBe(
      'the API key was refused (401): check ANTHROPIC_API_KEY (a worker reads it at its start only); provider: invalid key *** [31m second line',
    );
  });

  it.each(['', '  ', 'two words', 'clé-secrète'])('refuses %j as a key without quoting it', (apiKey) => {
    expect(() => createAnthropicModel({ apiKey })).toThrow(/^the API key is empty or holds/);
  });

  it('makes fifty calls at once over kept connections', async () => {
    const { server, model } = await scripted({
      rules: [{ name: 'echo', when: () => true, answer: (c) => ({ text: c.prompt }) }],
    });
    const prompts = Array.from({ length: 50 }, (_, index) => `prompt ${index}`);
    const ask = async (text: string): Promise<unknown> =>
      (await call(model, aRequest({ messages: [{ role: 'user', content: [{ type: 'text', text }] }] }))).content[0];
    for (let round = 0; round < 3; round++) {
      expect(await Promise.all(prompts.map(ask))).toEqual(prompts.map((text) => ({ type: 'text', text })));
    }
    expect(server.requests.every((request) => request.outcome === 'answered')).toBe(true);
  });
});
