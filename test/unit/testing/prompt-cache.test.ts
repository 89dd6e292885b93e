import { describe, expect, it } from 'vitest';
import { PromptCache } from '../../../src/testing/prompt-cache.ts';
import type { WireBlock, WireMessage, WireRequest } from '../../../src/testing/wire-request.ts';

const text = (letters: string, tokens: number, isMarked = false): WireBlock => ({
  type: 'text',
  text: letters.repeat(tokens * 4).slice(0, tokens * 4),
  ...(isMarked && { cache_control: { type: 'ephemeral' } }),
});
const ask = (blocks: WireBlock[], more: Partial<WireRequest> = {}): WireRequest => ({
  model: 'claude-sonnet-4-5',
  max_tokens: 100,
  messages: [{ role: 'user', content: blocks }],
  ...more,
});
const counts = (cache: PromptCache, request: WireRequest): number[] => {
  const { inputTokens, cacheReadTokens, cacheWriteTokens } = cache.read(request, true);
  return [inputTokens, cacheReadTokens, cacheWriteTokens];
};

describe('the prompt cache of the scripted model', () => {
  it.each([
    ['claude-sonnet-4-5', 1024],
    ['claude-sonnet-4-6', 2048],
    ['claude-haiku-4-5-20251001', 4096],
    ['claude-opus-4-7', 4096],
    ['claude-opus-5', 512],
    ['gpt-5', 1024],
  ])('keeps no prefix of %s below %i tokens', (model, least) => {
    const cache = new PromptCache();
    expect(counts(cache, ask([text('a', least - 1, true)], { model }))).toEqual([least - 1, 0, 0]);
    expect(counts(cache, ask([text('a', least - 1, true)], { model }))).toEqual([least - 1, 0, 0]);
    expect(counts(cache, ask([text('a', least, true)], { model }))).toEqual([0, 0, least]);
    expect(counts(cache, ask([text('a', least, true)], { model }))).toEqual([0, least, 0]);
  });

  it('finds what was marked 19 blocks before a mark, and not what was marked 20 blocks before', () => {
    const cache = new PromptCache();
    const first = text('a', 2000);
    cache.read(ask([{ ...first, cache_control: {} }]), true);
    const after = (blocks: number): WireBlock[] => [
      first,
      ...Array.from({ length: blocks }, (_, index) => text('bcdefg'[index % 6]!, 10, index === blocks - 1)),
    ];
    expect(counts(cache, ask(after(20)))).toEqual([0, 0, 2200]);
    expect(counts(cache, ask(after(19)))).toEqual([0, 2000, 190]);
  });

  it('keeps a prefix only where it was marked', () => {
    const cache = new PromptCache();
    cache.read(ask([text('a', 2000), text('b', 100, true)]), true);
    expect(counts(cache, ask([text('a', 2000), text('c', 100, true)]))).toEqual([0, 0, 2100]);
  });

  it.each<[string, Partial<WireRequest>]>([
    ['a tool changes', { tools: [{ name: 'other', input_schema: { type: 'object' } }] }],
    ['the system prompt changes', { system: [text('s', 1)] }],
    ['another model is asked', { model: 'claude-sonnet-4-0' }],
    ['a message before it is another one', { messages: [message('Hello.'), message('Yes?', 'assistant')] }],
  ])('finds nothing when %s', (_what, change) => {
    const cache = new PromptCache();
    const blocks = [text('a', 2000, true)];
    cache.read(ask(blocks), true);
    const messages = [...(change.messages ?? []), ...ask(blocks).messages];
    expect(cache.read(ask(blocks, { ...change, messages }), true).cacheReadTokens).toBe(0);
  });

  it('forgets what nobody asked for during five minutes; whoever asks keeps it', () => {
    let minutes = 0;
    const cache = new PromptCache(() => minutes * 60_000);
    const request = ask([text('a', 2000, true)]);
    const reads = [0, 4, 8, 12.9, 18].map((at) => {
      minutes = at;
      return cache.read(request, true).cacheReadTokens;
    });
    expect(reads).toEqual([0, 2000, 2000, 2000, 0]);
  });
});

function message(words: string, role = 'user'): WireMessage {
  return { role, content: [{ type: 'text', text: words }] };
}
