import { expect, it } from 'vitest';
import { z } from 'zod';
import { createInputFormat, inputProblem } from '../../../src/tools/tool-input.ts';

it('a field that may be anything is told as missing in words when it is not there', () => {
  const format = createInputFormat(z.strictObject({ key: z.string(), value: z.unknown() }));
  expect(inputProblem(format, { key: 'port', value: null })).toBeNull();
  expect(inputProblem(format, { key: 'port' })).toBe('Bad input. value: it is missing.');
});
