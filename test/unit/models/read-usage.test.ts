import { describe, expect, it } from 'vitest';
import type { ToldUsage } from '../../../src/domain/money/usage.ts';
import { UsageReader } from '../../../src/models/read-usage.ts';
import { fc, runs } from '../../support/base/properties.ts';

function whole(start: unknown, end: unknown, hasContent = true): ToldUsage {
  const reader = new UsageReader();
  reader.begin(start);
  reader.count(end);
  return reader.whole(hasContent);
}

const right = { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 4 };

describe('what a provider says of usage', () => {
  it('is believed where it can be, and caches may be left out', () => {
    expect(whole(right, { output_tokens: 30 })).toEqual({
      ...{ inputTokens: 10, outputTokens: 30, cacheReadTokens: 4, cacheWriteTokens: 0 },
    });
    expect(whole({ input_tokens: 5, cache_creation_input_tokens: null }, { output_tokens: 2 }).unknown).toBeUndefined();
    expect(whole(null, { input_tokens: 7, output_tokens: 2 })).toMatchObject({ inputTokens: 7, outputTokens: 2 });
  });

  it.each([-1, 1.5, '12', [1], {}, true, 1e15, 1e308, Number.NaN, 10_000_001])('takes %j for no count', (value) => {
    expect(whole({ ...right, input_tokens: value }, { output_tokens: 3 })).toMatchObject({
      ...{ inputTokens: 0, cacheReadTokens: 4, outputTokens: 3, unknown: ['input'] },
    });
    expect(whole({ ...right, cache_read_input_tokens: value }, { output_tokens: 3 }).unknown).toEqual(['input']);
    expect(whole(right, { output_tokens: value })).toMatchObject({ outputTokens: 0, unknown: ['output'] });
  });

  it('knows nothing of an answer that was not counted at its end, or cannot have been so small', () => {
    expect(whole(right, undefined).unknown).toEqual(['output']);
    expect(whole(undefined, null).unknown).toEqual(['input', 'output']);
    expect(whole('usage', 7).unknown).toEqual(['input', 'output']);
    expect(whole({ input_tokens: 0 }, { output_tokens: 0 }).unknown).toEqual(['input', 'output']);
    expect(whole(right, { output_tokens: 0 }, false).unknown).toBeUndefined();
  });

  it('counts what was written to caches as the sum of its parts, where that is more or all that is told', () => {
    const written = (start: object, end: object = {}): number | undefined => {
      const { cacheWriteTokens, unknown } = whole({ ...right, ...start }, { output_tokens: 3, ...end });
      return unknown ? undefined : cacheWriteTokens;
    };
    const parts = { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 200 };
    expect(written({ cache_creation: parts })).toBe(500);
    expect(written({ cache_creation: parts, cache_creation_input_tokens: 0 })).toBe(500);
    expect(written({ cache_creation: parts, cache_creation_input_tokens: 700 })).toBe(700);
    expect(written({ cache_creation: parts }, { input_tokens: 11 })).toBe(500);
    expect(written({ cache_creation: parts }, { cache_creation_input_tokens: 510 })).toBe(510);
    for (const none of [null, {}, 7, { ephemeral_5m_input_tokens: null }]) {
      expect(written({ cache_creation: none })).toBe(0);
    }
    const broken = { ...parts, ephemeral_1h_input_tokens: -5 };
    expect(written({ cache_creation: broken })).toBeUndefined();
    expect(written({ cache_creation: broken, cache_creation_input_tokens: 4 })).toBe(4);
  });

  it('says what caches keep for an hour, as it was told last', () => {
    const forHour = (start: object, end: object = {}) => whole({ ...right, ...start }, { output_tokens: 3, ...end });
    const parts = { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 200 };
    expect(forHour({ cache_creation: parts })).toMatchObject({ cacheWriteTokens: 500, cacheHourTokens: 200 });
    expect(forHour({ cache_creation: parts }, { cache_creation_input_tokens: 510 }).cacheHourTokens).toBe(200);
    expect(
      forHour({ cache_creation: parts }, { cache_creation: { ...parts, ephemeral_1h_input_tokens: 250 } }),
    ).toMatchObject({ cacheWriteTokens: 550, cacheHourTokens: 250 });
    for (const told of [0, -5, 'many', null]) {
      const { cacheHourTokens } = forHour({ cache_creation: { ...parts, ephemeral_1h_input_tokens: told } });
      expect(cacheHourTokens).toBeUndefined();
    }
  });

  it('of a call that broke off is what was counted so far: nothing before it began', () => {
    const reader = new UsageReader();
    expect(reader.soFar).toMatchObject({ inputTokens: 0, outputTokens: 0 });
    reader.begin(right);
    expect(reader.soFar).toMatchObject({ inputTokens: 10, outputTokens: 1 });
    expect(reader.soFar.unknown).toBeUndefined();
    const silent = new UsageReader();
    silent.begin(undefined);
    expect(silent.soFar.unknown).toEqual(['input']);
  });

  it('never comes out as anything but whole numbers in bounds, whatever goes in', () => {
    const usage = fc.dictionary(
      fc.constantFrom(
        ...['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'],
        'cache_creation',
      ),
      fc.oneof(fc.anything(), fc.double(), fc.integer()),
    );
    const isSafe = (start: unknown, end: unknown): boolean => {
      const { unknown = [], ...counts } = whole(start, end);
      const areCounts = Object.values(counts).every(
        (count) => Number.isSafeInteger(count) && count >= 0 && count <= 1e7,
      );
      return (
        areCounts &&
        (counts.inputTokens + counts.cacheReadTokens + counts.cacheWriteTokens > 0 || unknown.includes('input'))
      );
    };
    fc.assert(fc.property(fc.oneof(usage, fc.anything()), fc.oneof(usage, fc.anything()), isSafe), runs(1000));
  });
});
