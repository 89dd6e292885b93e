import { expect, it } from 'vitest';
import { isBlank } from '../../../src/domain/blank-text.ts';

it.each([
  ['', true],
  [' \n\t\u00a0\u3000', true],
  ['\u200b\u200d\ufeff', true],
  ['\u3164\u115f\uffa0', true],
  ['\u2800\u2800', true],
  ['\u034f\ufe0f\u{e0041}', true],
  ['\u0000\u001b', true],
  ['.', false],
  ['\u200b0', false],
  ['👍', false],
  ['ja', false],
])('%j says nothing: %s', (text, blank) => {
  expect(isBlank(text)).toBe(blank);
});
