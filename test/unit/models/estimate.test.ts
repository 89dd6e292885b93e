import { describe, expect, it } from 'vitest';
import { costOf } from '../../../src/domain/money/model-price.ts';
import { tableFacts } from '../../../src/domain/money/model-table.ts';
import { estimateInputTokens, worstCaseOf } from '../../../src/models/estimate.ts';
import { aRequest, answering, call, fileTool } from './model-fixture.ts';

const price = tableFacts('claude-haiku-4-5')!.price!;

describe('estimateInputTokens', () => {
  it('counts a token for every 3.5 bytes, rounded up, and 8 for a message', () => {
    const messages = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'x'.repeat(36) }] }];
    expect(estimateInputTokens({ system: '', tools: [], messages })).toBe(11 + 8);
  });

  it('counts more for scripts that need more tokens a character', () => {
    const estimate = (system: string): number => estimateInputTokens({ system, tools: [], messages: [] });
    expect(estimate('日本語'.repeat(100))).toBeGreaterThan(2 * estimate('abc'.repeat(100)));
  });

  it('counts tool definitions, calls and results', () => {
    const bare = estimateInputTokens(aRequest());
    const withTool = estimateInputTokens(aRequest({ tools: [fileTool] }));
    expect(withTool).toBeGreaterThan(bare + 500);
  });
});

describe('worstCaseOf', () => {
  it('prices all input as cache writes and a full answer', () => {
    const request = aRequest({ maxTokens: 1000 });
    const input = estimateInputTokens(request);
    const nanoUsd = Math.ceil(input * price.cacheWrite + 1000 * price.output);
    expect(worstCaseOf(request, price)).toEqual({ tokens: input + 1000, nanoUsd });
  });

  it('is above what the call then costs', async () => {
    const { model } = await answering({ text: 'A short answer.' });
    const request = aRequest({ tools: [fileTool], system: 'You are a worker. '.repeat(200) });
    const { usage } = await call(model, request);
    expect(worstCaseOf(request, price).nanoUsd).toBeGreaterThan(costOf(price, usage));
  });
});
