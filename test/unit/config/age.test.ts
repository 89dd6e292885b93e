import { describe, expect, it } from 'vitest';
import { parseAge } from '../../../src/config/age.ts';
import { loadConfig } from '../../../src/config/config.ts';

describe('parseAge', () => {
  it.each([
    ['30d', 2_592_000_000],
    [' 12h ', 43_200_000],
    ['90m', 5_400_000],
    ['2w', 1_209_600_000],
    ['0d', 0],
    ['30', null],
    ['-1d', null],
    ['1.5d', null],
    ['1y', null],
    ['', null],
  ])('reads "%s" as %s', (text, ms) => {
    expect(parseAge(text)).toBe(ms);
  });
});

describe('GAFFER_RETENTION', () => {
  const retentionOf = (value: string | undefined) =>
    loadConfig({ cwd: '/nonexistent', environment: { GAFFER_RETENTION: value } }).retentionMs;

  it.each([
    [undefined, null],
    ['off', null],
    ['1h', 3_600_000],
    ['30d', 2_592_000_000],
  ])('%s means %s', (value, ms) => {
    expect(retentionOf(value)).toBe(ms);
  });

  it.each(['0d', '59m', 'never', '30'])('refuses "%s", so that no slip removes everything', (value) => {
    expect(() => retentionOf(value)).toThrow(/GAFFER_RETENTION: must be off, or an age/);
  });
});
