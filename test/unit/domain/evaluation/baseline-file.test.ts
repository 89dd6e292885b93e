import { describe, expect, it } from 'vitest';
import { baselineText, readBaseline } from '../../../../src/domain/evaluation/baseline-file.ts';

const run = { run: 'r1', case: 'c', at: '2026-11-29T10:00:00.000Z', steps: { build: { score: 100, passed: true } } };
const text = baselineText('crew', 'status', [run]);

describe('readBaseline', () => {
  it('reads what was written, and nothing besides', () => {
    const more = text.replace('"run": "r1"', '"run": "r1", "prompt": "secret"');
    expect(readBaseline(more)).toEqual({
      problem: null,
      baseline: { format: 'gaffer-baseline', version: 1, workflow: 'crew', by: 'status', runs: [run] },
    });
  });

  it('takes no key of a file for a prototype', () => {
    const { baseline } = readBaseline(text.replace('"build"', '"__proto__"'));
    expect(Object.getPrototypeOf(baseline!.runs[0]!.steps)).toBe(Object.prototype);
    expect(Object.keys(baseline!.runs[0]!.steps)).toEqual(['__proto__']);
  });

  it.each([
    ['{', 'it is no JSON'],
    ['[]', 'its "format" is not'],
    [text.replace('"version": 1', '"version": 2'), 'its "version" is not 1'],
    [text.replace('"crew"', '{}'), '"workflow" is no name'],
    [text.replace('"status"', '"luck"'), '"by" is neither'],
    [text.replace('100', '101'), 'runs[0].steps.build is no'],
    [text.replace('100', '"1e2"'), 'runs[0].steps.build is no'],
    [text.replace('"c"', 'null'), 'runs[0].case is no name'],
    [text.replace('"c"', JSON.stringify('x'.repeat(301))), 'runs[0].case is no name'],
    ['{"format":"gaffer-baseline","version":1,"workflow":"w","by":"status","runs":[7]}', 'runs[0] is no object'],
  ])('says what is wrong with %s', (broken, problem) => {
    expect(readBaseline(broken)).toMatchObject({ baseline: null, problem: expect.stringContaining(problem) });
  });
});
