import { describe, expect, it } from 'vitest';
import { costOf, mostOf } from '../../../../src/domain/money/model-price.ts';
import {
  chooseModel,
  knownModelNames,
  modelNameOf,
  resolveModel,
  tableFacts,
} from '../../../../src/domain/money/model-table.ts';
import { fc } from '../../../support/base/properties.ts';

const count = fc.integer({ min: 0, max: 2_000_000 });

describe('the table of models', () => {
  it.each([
    ['claude-opus-5-5', 'claude-opus-5-5', [4, 20, 0.2, 5], 1_000_000, 128_000],
    ['claude-sonnet-5-5', 'claude-sonnet-5-5', [2, 10, 0.1, 2.5], 1_000_000, 128_000],
    ['claude-haiku-5-5', 'claude-haiku-5-5', [0.1, 0.5, 0.01, 0.125], 1_000_000, 128_000],
    ['fable', 'claude-fable-5-1', [10, 50, 0.25, 12.5], 1_000_000, 128_000],
    ['claude-opus-4-8', 'claude-opus-4-8', [5, 25, 0.5, 6.25], 1_000_000, 128_000],
    ['claude-haiku-4-5-20251001', 'claude-haiku-4-5-20251001', [1, 5, 0.1, 1.25], 200_000, 64_000],
    ['claude-haiku-4-5-latest', 'claude-haiku-4-5', [1, 5, 0.1, 1.25], 200_000, 64_000],
    // An alias of today's model, and the dated id of the first one.
    ['claude-sonnet-4', 'claude-sonnet-4-6', [3, 15, 0.3, 3.75], 1_000_000, 64_000],
    ['claude-opus-4', 'claude-opus-4-7', [5, 25, 0.5, 6.25], 1_000_000, 128_000],
    ['claude-opus-4-20250514', 'claude-opus-4-20250514', [15, 75, 1.5, 18.75], 200_000, 32_000],
    ['claude-opus-4@20250514', 'claude-opus-4@20250514', [15, 75, 1.5, 18.75], 200_000, 32_000],
    ['claude-sonnet-4-20250514', 'claude-sonnet-4-20250514', [3, 15, 0.3, 3.75], 200_000, 64_000],
    // Known to their vendor with a date or `-latest` only.
    ['claude-3-7-sonnet', 'claude-3-7-sonnet-latest', [3, 15, 0.3, 3.75], 200_000, 64_000],
    ['claude-3-5-haiku-latest', 'claude-3-5-haiku-latest', [0.8, 4, 0.08, 1], 200_000, 8192],
    ['claude-3-5-sonnet-20241022', 'claude-3-5-sonnet-20241022', [3, 15, 0.3, 3.75], 200_000, 8192],
    ['claude-3-haiku-latest', 'claude-3-haiku-20240307', [0.25, 1.25, 0.03, 0.3], 200_000, 4096],
  ])('knows %s as %s, with its prices and limits', (name, id, usd, window, maxOutput) => {
    expect(resolveModel(name)).toEqual({ model: id });
    const { price, ...limits } = tableFacts(id)!;
    const { input, output, cacheRead, cacheWrite } = price!;
    expect([input, output, cacheRead, cacheWrite].map((nanos) => nanos / 1000)).toEqual(usd);
    expect(limits).toEqual({ window, maxOutput });
  });

  it.each([
    ['gpt-4', [30, 60, 30, 30], 8192, 4096],
    ['gpt-4-0613', [30, 60, 30, 30], 8192, 4096],
    ['gpt-4o', [2.5, 10, 1.25, 2.5], 128_000, 16_384],
    ['gpt-4o-2024-08-06', [2.5, 10, 1.25, 2.5], 128_000, 16_384],
    ['gpt-4o-2024-05-13', [5, 15, 5, 5], 128_000, 4096],
    ['gpt-4.1-mini', [0.4, 1.6, 0.1, 0.4], 1_047_576, 32_768],
    ['o4-mini-2025-04-16', [1.1, 4.4, 0.275, 1.1], 200_000, 100_000],
    ['gpt-5-mini', [0.25, 2, 0.025, 0.25], 400_000, 128_000],
    ['gpt-5-chat-latest', [1.25, 10, 0.125, 1.25], 128_000, 16_384],
    ['gpt-6.1-sol', [2, 10, 0.1, 2.5], 1_050_000, 128_000],
  ])('knows %s as OpenAI’s, with its prices and limits', (id, usd, window, maxOutput) => {
    expect(resolveModel(id)).toEqual({ model: id, provider: 'openai' });
    expect(modelNameOf(resolveModel(id)!)).toBe(`openai/${id}`);
    // A plan of before, in which it is another's.
    expect(chooseModel(modelNameOf({ model: id }))).toEqual({ model: id });
    const { price, ...limits } = tableFacts(id)!;
    const { input, output, cacheRead, cacheWrite } = price!;
    expect([input, output, cacheRead, cacheWrite].map((nanos) => nanos / 1000)).toEqual(usd);
    expect(limits).toEqual({ window, maxOutput });
  });

  it.each(['gpt-9', 'claude', 'claude-latest', 'constructor', '-latest', 'claude-opus-9-20260101', 'opus-20250514'])(
    'knows no %s, and takes it as it is written',
    (name) => {
      expect(resolveModel(name)).toBeUndefined();
      expect(chooseModel(name)).toEqual({ model: name });
      expect(tableFacts(name)).toBeUndefined();
    },
  );

  it('knows all that it resolves to, with `-latest` behind it too', () => {
    for (const name of knownModelNames) {
      const { provider = 'anthropic' } = resolveModel(name)!;
      for (const each of [name, `${name}-latest`, `${provider}/${name}`]) {
        const choice = resolveModel(each)!;
        expect([each, tableFacts(choice.model)?.price]).not.toContain(undefined);
        expect(resolveModel(choice.model)).toEqual(choice);
      }
    }
  });

  it('gives every model one name that means it again, slashes or not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('anthropic', 'meta', 'a', 'opus', 'X'), { minLength: 1, maxLength: 4 }),
        (parts) => {
          const choice = chooseModel(parts.join('/'));
          expect(chooseModel(modelNameOf(choice))).toEqual(choice);
        },
      ),
    );
  });
});

describe('the price of a call', () => {
  const haiku = tableFacts('claude-haiku-5-5')!.price!;
  const none = { outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

  it.each([
    [{ ...none, inputTokens: 100_000 }, 0.01],
    [{ ...none, inputTokens: 100_001 }, 0.0500005],
    [
      { inputTokens: 1, outputTokens: 1000, cacheReadTokens: 60_000, cacheWriteTokens: 40_000 },
      0.0005e-3 + 0.0025 + 0.003 + 0.025,
    ],
    [
      { inputTokens: 0, outputTokens: 1000, cacheReadTokens: 60_000, cacheWriteTokens: 40_000 },
      0.0005 + 0.0006 + 0.005,
    ],
  ])('of a model that is dearer for long prompts is that of all that is sent: %j', (usage, usd) => {
    expect(costOf(haiku, usage)).toBe(Math.ceil(usd * 1e9 - 1e-6));
  });

  it('is never more than what is held back for it', () => {
    const prices = knownModelNames.map((name) => tableFacts(resolveModel(name)!.model)!.price!);
    fc.assert(
      fc.property(fc.constantFrom(...prices), count, count, count, count, (price, input, read, write, output) => {
        const usage = { inputTokens: input, cacheReadTokens: read, cacheWriteTokens: write, outputTokens: output };
        const sent = input + read + write;
        expect(costOf(price, usage)).toBeLessThanOrEqual(mostOf(price, sent, { answerTokens: output }));
        const forHour = { ...usage, cacheHourTokens: write };
        const most = mostOf(price, sent, { answerTokens: output, cachesForHour: true });
        expect(costOf(price, forHour)).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('is twice that of what is sent for what a cache keeps for an hour, and 1.25 times that for minutes', () => {
    const { price } = tableFacts('claude-sonnet-4-6')!;
    const write = { ...none, inputTokens: 0, cacheWriteTokens: 1000 };
    expect(costOf(price!, write)).toBe(1000 * 3750);
    expect(costOf(price!, { ...write, cacheHourTokens: 400 })).toBe(600 * 3750 + 400 * 6000);
    // Told more of a part than of all of it.
    expect(costOf(price!, { ...write, cacheHourTokens: 9000 })).toBe(1000 * 6000);
    const flat = { input: 1000, output: 1000, cacheRead: 1000, cacheWrite: 1000 };
    expect(costOf(flat, { ...write, cacheHourTokens: 1000 })).toBe(1_000_000);
  });
});
