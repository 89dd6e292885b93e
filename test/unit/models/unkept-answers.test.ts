import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAnthropicModel } from '../../../src/models/anthropic.ts';
import { isTooDeep } from '../../../src/models/nesting.ts';
import { patient } from '../../support/base/patience.ts';
import { until } from '../../support/base/until.ts';
import type { RawModel } from '../../support/model/raw-model.ts';
import { rawAnswer, startRawModel } from '../../support/model/raw-model.ts';
import { aRequest, call, failureOf } from './model-fixture.ts';

describe('an answer that cannot be kept as it is', () => {
  let raw: RawModel;
  beforeEach(async () => {
    raw = await startRawModel();
  });
  afterEach(() => raw.close());
  const ask = () => call(createAnthropicModel({ apiKey: 'key-of-the-test', baseURL: raw.url }), aRequest());
  const deep = (levels: number): string => `{"title":${'['.repeat(levels)}${']'.repeat(levels)}}`;

  it.each([101, 20_000, 500_000])(
    'keeps a call whose input is nested %d deep, without it, and says why',
    async (levels) => {
      raw.answerWith(() => rawAnswer({ tool: { name: 'issue', input: deep(levels) } }));
      const { content, stopReason, usage } = await ask();
      expect(stopReason).toBe('tool_use');
      expect(content).toEqual([
        {
          type: 'tool_use',
          id: 'toolu_1',
          name: 'issue',
          input: {},
          problem: expect.stringContaining('deeper than 100'),
        },
      ]);
      expect(usage).toMatchObject({ inputTokens: 100, outputTokens: 20 });
    },
  );

  it('counts brackets outside of texts only', () => {
    expect(isTooDeep(JSON.stringify({ text: '[{'.repeat(500), quote: '"\\"['.repeat(300) }))).toBe(false);
    expect(isTooDeep('[]'.repeat(1000))).toBe(false);
    expect(isTooDeep('['.repeat(101))).toBe(true);
  });

  it('passes on what is left of one whose call is broken, for whoever has asked twice', async () => {
    raw.answerWith(() => rawAnswer({ text: 'I look.', tool: { name: 'issue', input: '{"a":' } }));
    const { kind, kept } = await failureOf(ask());
    expect(kind).toBe('broken-stream');
    expect(kept).toMatchObject({
      content: [{ text: 'I look.' }, { name: 'issue', input: {}, problem: expect.stringContaining('did not run') }],
      ...{ stopReason: 'tool_use', usage: { inputTokens: 100, outputTokens: 20 } },
    });
  });

  it.each([0, 1])('passes on one that lacks nothing but its end, for whoever has asked twice (%d)', async (more) => {
    const whole = rawAnswer({ text: 'All of it.', tool: { name: 'issue', input: '{}' } });
    raw.answerWith(() => [...whole.slice(0, -1), 'event: message_stop\ndata: {"type":"message'.repeat(more)]);
    const { kind, kept } = await failureOf(ask());
    raw.answerWith(() => whole);
    expect({ kind, kept }).toEqual({ kind: 'broken-stream', kept: await ask() });
    raw.answerWith(() => whole.slice(0, -2));
    expect((await failureOf(ask())).kept).toBeNull();
  });

  it('refuses one that never ends by that name, and closes its connection', { timeout: patient(30_000) }, async () => {
    const piece = `event: x\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${'A'.repeat(100_000)}"}}\n\n`;
    raw.answerWith(function* () {
      yield* rawAnswer({ text: '' }).slice(0, 2);
      for (;;) yield piece;
    });
    const before = process.memoryUsage().rss;
    const { kind, message } = await failureOf(ask());
    expect({ kind, message }).toEqual({ kind: 'wrong-server', message: expect.stringContaining('does not end') });
    expect(process.memoryUsage().rss - before).toBeLessThan(500_000_000);
    await until('the stream is closed', async () => raw.open === 0);
  });

  it('refuses one whose line never ends', { timeout: patient(30_000) }, async () => {
    raw.answerWith(function* () {
      yield* rawAnswer({ text: 'Begun.' }).slice(0, 3);
      yield 'event: x\ndata: ';
      for (;;) yield 'A'.repeat(100_000);
    });
    const { kind, message } = await failureOf(ask());
    expect({ kind, message }).toEqual({ kind: 'wrong-server', message: expect.stringContaining('does not end') });
    await until('the stream is closed', async () => raw.open === 0);
  });

  it('takes one that has ended for whole, whatever comes behind it without an end', async () => {
    const whole = rawAnswer({ text: 'whole', tool: { name: 'issue', input: '{}' } });
    raw.answerWith(function* () {
      yield* whole;
      for (;;) yield* rawAnswer({ text: 'more', endUsage: '{"output_tokens":1}', stopReason: 'max_tokens' });
    });
    const answer = await ask();
    await until('the stream is closed', async () => raw.open === 0);
    raw.answerWith(() => whole);
    expect(answer).toEqual(await ask());
    expect(answer).toMatchObject({ stopReason: 'tool_use', content: [{ text: 'whole' }, { name: 'issue' }] });
  });

  it('passes over what vendors send between its events', async () => {
    const odd = ['null', '[1]', '"x"', '7', 'hello there', '[DONE]', '{"type":"vendor"}', ''];
    const foreign = odd.flatMap((data) => [`event: vendor\ndata: ${data}\n\n`, `data: ${data}\n\n`, ': words\n\n']);
    raw.answerWith(() => rawAnswer({ text: 'fine' }).flatMap((event) => [...foreign, event]));
    await expect(ask()).resolves.toMatchObject({ stopReason: 'end_turn', content: [{ text: 'fine' }] });
  });

  it.each([
    'event: content_block_delta\ndata: nothing\n\n',
    'event: message_delta\ndata: null\n\n',
    'data: {"type":\n\n',
  ])('is none when an event of it cannot be read: %j', async (broken) => {
    raw.answerWith(() => rawAnswer({ text: 'fine' }).toSpliced(2, 0, broken));
    await expect(failureOf(ask())).resolves.toMatchObject({ kind: 'broken-stream' });
  });

  it('takes nothing for a text that is none', async () => {
    const odd = `event: x\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":5}}\n\n`;
    raw.answerWith(() => [rawAnswer({})[0]!, odd, ...rawAnswer({ text: 'fine' }).slice(1)]);
    await expect(ask()).resolves.toMatchObject({ content: [{ type: 'text', text: 'fine' }] });
  });
});
