import { describe, expect, it } from 'vitest';
import { shellWord } from '../../../src/domain/shell-word.ts';

describe('shellWord', () => {
  it.each([
    ['build', 'build'],
    ['before/build', 'before/build'],
    ['build[2]', "'build[2]'"],
    ['~root', "'~root'"],
    ["it's", String.raw`'it'\''s'`],
    ['a; rm', "'a; rm'"],
    ['', "''"],
  ])('quotes %j as %s', (word, expected) => expect(shellWord(word)).toBe(expected));
});
