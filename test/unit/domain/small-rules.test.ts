import { describe, expect, it } from 'vitest';
import { fingerprint, preview } from '../../../src/domain/fingerprint.ts';
import { isLooping } from '../../../src/domain/turns/loop-detection.ts';
import { costOf } from '../../../src/domain/money/model-price.ts';
import { modelNameOf, resolveModel, tableFacts } from '../../../src/domain/money/model-table.ts';
import { toNanoUsd, toUsd } from '../../../src/domain/money/money.ts';
import { fc } from '../../support/base/properties.ts';

describe('isLooping', () => {
  it.each([
    [['a', 'a'], false],
    [['a', 'a', 'a'], true],
    [['a', 'b', 'a', 'a'], false],
    [['b', 'a', 'a', 'a'], true],
  ])('finds %j: %s', (turns, expected) => expect(isLooping(turns)).toBe(expected));
});

describe('model table', () => {
  it('knows aliases and dated ids', () => {
    expect(resolveModel('haiku')).toEqual({ model: 'claude-haiku-4-5' });
    expect(resolveModel('claude-haiku-4-5-20251001')).toEqual({ model: 'claude-haiku-4-5-20251001' });
    expect(resolveModel('constructor')).toBeUndefined();
  });

  it('takes a provider before a model, and leaves the default one out, as plans did before there were others', () => {
    expect(resolveModel('anthropic/haiku')).toEqual({ model: 'claude-haiku-4-5' });
    expect(resolveModel('gateway/haiku')).toEqual({ provider: 'gateway', model: 'claude-haiku-4-5' });
    expect(modelNameOf(resolveModel('gateway/haiku')!)).toBe('gateway/claude-haiku-4-5');
    expect(resolveModel('gateway/unknown')).toBeUndefined();
    expect(resolveModel('/haiku')).toBeUndefined();
    expect(resolveModel('__proto__/haiku')).toBeUndefined();
  });

  it('prices cached tokens apart', () => {
    const usage = {
      inputTokens: 1_000_000,
      outputTokens: 100_000,
      cacheReadTokens: 1_000_000,
      cacheWriteTokens: 1_000_000,
    };
    expect(toUsd(costOf(tableFacts('claude-sonnet-4-5')!.price!, usage))).toBeCloseTo(3 + 1.5 + 0.3 + 3.75, 9);
  });
});

describe('money', () => {
  it('adds up exactly', () => {
    let sum = 0;
    for (let index = 0; index < 10; index++) sum += toNanoUsd(0.1);
    expect(toUsd(sum)).toBe(1);
  });
});

describe('texts', () => {
  it('are previewed on one line', () => {
    expect(preview('a\n b\tc', 10)).toBe('a b c');
    expect(preview('abcdef', 4)).toBe('abc…');
  });

  it('have different fingerprints when they differ', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => (fingerprint(a) === fingerprint(b)) === (a === b)));
  });
});
