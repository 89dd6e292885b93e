import { describe, expect, it } from 'vitest';
import { cell, displayWidth, truncate } from '../../../../src/cli/base/display-width.ts';

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['日本語', 6],
    ['한글', 4],
    ['e\u0301', 1],
    ['👩‍🚀', 2],
    ['🚀', 2],
    ['✓ done', 6],
    ['\x1b[31mred\x1b[39m', 3],
  ])('of %j is %d', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('truncate', () => {
  it('leaves what fits', () => {
    expect(truncate('abc', 3)).toBe('abc');
  });

  it('cuts with an ellipsis, never past the width', () => {
    expect(truncate('abcdef', 4)).toBe('abc…');
    expect(truncate('日本語', 4)).toBe('日…');
    expect(displayWidth(truncate('日本語', 4))).toBeLessThanOrEqual(4);
  });

  it('closes colours where it cuts', () => {
    expect(truncate('\x1b[31mabcdef\x1b[39m', 4)).toBe('\x1b[31mabc…\x1b[0m');
  });

  it('gives nothing where there is no room', () => {
    expect(truncate('abc', 0)).toBe('');
  });
});

describe('cell', () => {
  it('fills and aligns', () => {
    expect(cell('ab', 4)).toBe('ab  ');
    expect(cell('ab', 4, 'right')).toBe('  ab');
  });

  it('makes its text safe', () => {
    expect(cell('a\x1b[2Jb\n', 8)).toBe('a␛[2Jb  ');
  });
});
