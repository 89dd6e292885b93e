import { describe, expect, it } from 'vitest';
import type { Looked } from '../../../../src/activities/evaluation/look-at-checks.ts';
import { lookAt } from '../../../../src/activities/evaluation/look-at-checks.ts';
import { Work } from '../../../../src/domain/expressions/expression.ts';
import type { JsonValue } from '../../../../src/domain/json.ts';
import type { CheckKind } from '../../../../src/domain/plan/plan-checks.ts';

function look(kind: CheckKind, outputs: JsonValue[], more: Partial<Looked> = {}) {
  const looked = { result: { output: outputs[0] ?? null }, outputs, usage: { attempts: 1 }, inputs: { n: 2 }, ...more };
  return lookAt({ name: 'c', task: 't', weight: 1, ...kind }, looked, new Work());
}

const contains = (...texts: string[]): CheckKind => ({ kind: 'contains', texts });
const expression = (source: string): CheckKind => ({ kind: 'expression', source });
const schema: CheckKind = { kind: 'schema', schema: { type: 'object', required: ['n'] } };

describe('ORCH-019 checks that ask nobody', () => {
  it.each<[string, CheckKind, JsonValue[], number | null, string]>([
    ['all texts', contains('a', 'b'), ['a b'], 100, 'it contains "a", "b"'],
    ['a text of an object', contains('"n":3'), [{ n: 3 }], 100, 'it contains "\\"n'],
    ['a text that is not there', contains('a', 'c'), ['a b'], 0, 'it does not contain "c"'],
    ['members of which one is wrong', contains('a'), ['a', 'b', 'a', 'a'], 75, '1 of 4: it does not contain "a"'],
    ['no member', contains('a'), [], null, 'there is no result to look at'],
    ['JSON in a text', schema, ['Here: {"n": 1}'], 100, 'it meets the schema'],
    ['another shape', schema, [{ m: 1 }], 0, "- the whole: must have required property 'n'"],
    ['what is true', expression('usage.attempts == 1 && size(result.output) < 4'), ['abc'], 100, 'true'],
    ['what is false', expression('usage.attempts > 1'), ['abc'], 0, 'false: usage.attempts > 1'],
    ['a score', expression('30 * inputs.n'), ['abc'], 60, 'gives 60'],
    ['a score beyond the end', expression('1000'), ['abc'], 100, 'gives 1000'],
    ['a text', expression('"yes"'), ['abc'], 0, 'gives neither true or false nor a number'],
    [
      'what has no value',
      expression('result.output.score > 3'),
      ['abc'],
      0,
      'cannot be evaluated: string has no member',
    ],
  ])('look at %s', (_, kind, outputs, score, detail) => {
    const found = look(kind, outputs);
    expect(found?.score).toBe(score);
    expect(found?.detail).toContain(detail.slice(0, 40));
  });

  it.each(['command', 'judge'] as const)('leave a %s to whoever has to look', (kind) => {
    expect(look({ kind }, ['x'])).toBeNull();
  });
});
