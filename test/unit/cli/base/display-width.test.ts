import { describe, expect, it } from 'vitest';
import {
  cell,
  displayWidth,
  fitAround,
  splitAt,
  truncate,
  truncateMiddle,
} from '../../../../src/cli/base/display-width.ts';

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
    expect(cell('ab', 4, { side: 'right' })).toBe('  ab');
  });

  it('makes its text safe', () => {
    expect(cell('a\x1b[2Jb\n', 8)).toBe('a␛[2Jb  ');
  });
});

describe('truncateMiddle', () => {
  it.each([
    ['nightly-build-part-17', 12, 'nightl…rt-17'],
    ['short', 12, 'short'],
    ['日本語日本語', 5, '日…語'],
    ['abcdef', 1, '…'],
  ])('keeps both ends of %s in %d columns', (text, columns, expected) => {
    expect(truncateMiddle(text, columns)).toBe(expected);
    expect(displayWidth(truncateMiddle(text, columns))).toBeLessThanOrEqual(columns);
  });
});

describe('fitAround', () => {
  it('cuts the id and keeps what stands behind it', () => {
    const line = `✓ ${'a'.repeat(60)}[12] succeeded 1.4 s · $0.0042`;
    const fitted = fitAround(line, `${'a'.repeat(60)}[12]`, 60);
    expect(fitted).toMatch(/^✓ a+…a+\[12\] succeeded 1\.4 s · \$0\.0042$/);
    expect(displayWidth(fitted)).toBe(60);
  });

  it('cuts the end where there is no id to cut', () => {
    expect(fitAround('a long line of words', '', 10)).toBe('a long li…');
  });
});

describe('splitAt', () => {
  it.each([
    ['abcdef', 4, ['abcd', 'ef']],
    ['日本語', 4, ['日本', '語']],
    ['', 4, ['']],
    ['the VERSION', 8, ['the ', 'VERSION']],
    ['a  bcdefghijk', 4, ['a  ', 'bcde', 'fghi', 'jk']],
    ['     abc', 6, ['     a', 'bc']],
    ['one two three', 7, ['one two', ' three']],
  ])('splits %s at %d columns', (line, columns, parts) => {
    expect(splitAt(line, columns)).toEqual(parts);
  });
});
