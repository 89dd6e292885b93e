import { describe, expect, it } from 'vitest';
import { AnswerWatch } from '../../../src/gateway/wire/answer-watch.ts';

describe('an answer of Responses', () => {
  const isWhole = (status: string | undefined): boolean => {
    const watch = new AnswerWatch('responses', 'application/json');
    const usage = { input_tokens: 3, output_tokens: 4 };
    watch.push(Buffer.from(JSON.stringify({ id: 'r', status, output: [], usage })));
    return watch.finish(true).isWhole;
  };

  it.each([
    ['completed', true],
    ['incomplete', true],
    [undefined, true],
    ['queued', false],
    ['in_progress', false],
    ['failed', false],
    ['cancelled', false],
  ])('whose status is %s came to its end: %s', (status, expected) => {
    expect(isWhole(status)).toBe(expected);
  });
});
