import { describe, expect, it } from 'vitest';
import { formatCount, formatDuration, formatLimit, formatUsd, formatUsdLimit } from '../../../src/domain/format.ts';

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [-5, '0.0 s'],
    [3210, '3.2 s'],
    [9_960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1:00'],
    [3_723_000, '1:02:03'],
  ])('writes %d ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('formatLimit', () => {
  it.each([
    [7_200_000, '2 h'],
    [604_800_000, '7 d'],
    [5_400_000, '90 min'],
    [45_000, '45 s'],
  ])('writes %d ms as %s', (ms, text) => expect(formatLimit(ms)).toBe(text));
});

describe('formatCount', () => {
  it.each([
    [999, '999'],
    [12_345, '12.3k'],
    [999_960, '1.0M'],
  ])('writes %d as %s', (count, text) => expect(formatCount(count)).toBe(text));
});

describe('formatUsd', () => {
  it.each([
    [0, '$0'],
    [0.00001, '<$0.0001'],
    [0.0042, '$0.0042'],
    [12.5, '$12.50'],
  ])('writes %d as %s', (usd, text) => expect(formatUsd(usd)).toBe(text));

  it('writes whole limits without places', () => {
    expect([formatUsdLimit(5), formatUsdLimit(0.5)]).toEqual(['$5', '$0.50']);
  });
});
