import { describe, expect, it } from 'vitest';
import {
  evaluateExpression,
  ExpressionError,
  maxExpressionLength,
  parseExpression,
  renderTemplate,
} from '../../../../src/domain/expressions/expression.ts';
import type { JsonValue } from '../../../../src/domain/json.ts';
import { fc } from '../../../support/base/properties.ts';

const scope: Record<string, JsonValue> = {
  inputs: { feature: 'a "quoted" ${{ 1 }}', count: 3, 'two-words': 'both', text: 'ab'.repeat(30_000) },
  tasks: {
    plan: { status: 'succeeded', output: { parts: ['x', 'y', 'z'], score: 85, ratio: 0.5 }, summary: 's' },
    skipped: null,
    'build.all-of_it': { status: 'failed', output: 'text', summary: '' },
    'open-q': { status: 'failed' },
    'open.q': { status: 'succeeded' },
  },
  item: { name: 'z' },
  state: JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as JsonValue,
};

function failureOf(source: string): ExpressionError {
  try {
    evaluateExpression(source, scope);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`${source} has a value`);
}

describe('evaluateExpression', () => {
  it('does not choose between two names that are written the same', () => {
    expect(failureOf('tasks.open_q.status').message).toBe('"open_q" may be "open-q" or "open.q": write ["open-q"]');
    expect(failureOf('has(tasks.open_q)').message).toContain('may be');
    expect(evaluateExpression('tasks["open-q"].status + tasks["open.q"].status', scope)).toBe('failedsucceeded');
  });

  it.each<[string, JsonValue]>([
    ['size(tasks.plan.output.parts) > 0', true],
    ['tasks.plan.output.score >= 80 && tasks.plan.status == "succeeded"', true],
    ['tasks.plan.output.score / 2', 42],
    ['tasks.plan.output.score / 2.0', 42.5],
    ['tasks.plan.output.ratio * 2', 1],
    ['[2.0, 3.0].map(x, x / 2)', [1, 1.5]],
    ['tasks.plan.output.parts.map(p, p + "!")', ['x!', 'y!', 'z!']],
    ['tasks.plan.output.parts.map(p, p != "y", p)', ['x', 'z']],
    ['tasks.plan.output.parts.filter(p, p in ["x"])', ['x']],
    ['tasks.plan.output.parts.exists_one(p, p == "x")', true],
    ['tasks.plan.output.parts.all(p, size(p) == 1)', true],
    ['tasks.plan.output.parts[1] + string(inputs.count)', 'y3'],
    ['tasks.build_all_of_it.status', 'failed'],
    ['tasks["build.all-of_it"].status', 'failed'],
    ['inputs.two_words', 'both'],
    ['{"a": [1, 2.5, null], "b": {"c": true}}', { a: [1, 2.5, null], b: { c: true } }],
    ['item', { name: 'z' }],
    ['has(tasks.plan.output.score) && !has(tasks.plan.output.grade)', true],
    ['"a,b".split(",").join("-").upperAscii()', 'A-B'],
    ['size("😀a") == 2 && "a😀b".substring(1, 2) == "😀" && "a😀b".indexOf("b") == 2', true],
    ['"a" in tasks ? 1 : "no"', 'no'],
    ['true || 1 / 0 == 1', true],
    ['1 / 0 == 1 || true', true],
    ['[0, 1].exists(x, 1 / x == 1)', true],
    ['int("12") + int(3.9)', 15],
    ['{"a": 1} == {"a": 1.0}', true],
    ['-7 % 4', -3],
  ])('%s', (source, value) => expect(evaluateExpression(source, scope)).toEqual(value));

  it.each<[string, JsonValue]>([
    ['tasks.skipped', null],
    ['tasks.skipped.output.score', null],
    ['tasks.not_yet', null],
    ['tasks.skipped.output.score >= 80', false],
    ['size(tasks.skipped.output)', 0],
    ['tasks.skipped.output.map(x, x)', []],
    ['!tasks.skipped.output.ok', true],
    ['"x" in tasks.skipped.output', false],
    ['tasks.skipped == null', true],
  ])('takes what is not there for nothing, not for an error: %s', (source, value) =>
    expect(evaluateExpression(source, scope)).toEqual(value),
  );

  it.each([
    ['tasks.plan.output.grade', 'there is no member "grade"'],
    ['"a" + 1', 'there is no string + int'],
    ['tasks.skipped.output + 1', 'there is no null + int'],
    ['tasks.plan.output.parts[3]', 'the list of 3 has no entry 3'],
    ['1 / 0', 'division by zero'],
    ['9223372036854775807 + 1', 'too large'],
    ['9007199254740993', 'too large to be kept exactly'],
    ['1.0 / 0.0', 'no number'],
    ['"a" ? 1 : 2', 'must be true or false'],
    ['nowhere.x', 'nowhere has no value here'],
    ['now()', 'there is no function now()'],
    ['timestamp("2020-01-01T00:00:00Z")', 'there is no function timestamp()'],
    ['"a".matches("a")', 'there is no function matches()'],
    ['cel.bind(x, 1, x)', 'there is no function bind()'],
    ['b"x"', 'bytes and unsigned numbers'],
    ['has()', 'has() needs a member'],
    ['has(inputs.a, inputs.b)', 'has() needs a member'],
    ['[1].map()', 'map() does not take that many'],
    ['[1].all(x)', 'all() does not take that many'],
    ['1 +', 'unexpected token: the end'],
    [' ', 'the expression is empty'],
    ['a'.repeat(maxExpressionLength + 1), 'at most'],
  ])('has no value: %s', (source, message) => expect(failureOf(source).message).toContain(message));

  it.each([
    'inputs.__proto__',
    'inputs.constructor',
    'inputs["toString"]',
    'tasks.plan.output.parts.length',
    '"a".length',
  ])('reaches nothing but own values: %s', (source) => expect(failureOf(source)).toBeInstanceOf(ExpressionError));

  it('hands out keys that are called like prototypes as data, and makes none itself', () => {
    const state = evaluateExpression('state', scope) as object;
    expect(Object.getPrototypeOf(state)).toBe(Object.prototype);
    expect(Object.keys(state)).toEqual(['__proto__', 'constructor']);
    expect(failureOf('{"__proto__": {"polluted": true}}').message).toContain('cannot be called __proto__');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('hands out copies', () => {
    const parts = evaluateExpression('tasks.plan.output.parts', scope) as JsonValue[];
    parts.push('changed');
    expect(evaluateExpression('size(tasks.plan.output.parts)', scope)).toBe(3);
  });

  const list = `[${Array.from({ length: 200 }, () => '0').join()}]`;
  it.each([
    ['four nested loops', `${list}.map(a, ${list}.map(b, ${list}.map(c, ${list}.map(d, 0))))`],
    ['lists that double', `[[0]]${'.map(a, a + a)'.repeat(30)}`],
    ['texts that double', `["0123456789"]${'.map(a, a + a)'.repeat(40)}`],
    ['values that hold themselves twice', `[1]${'.map(a, [a, a])'.repeat(40)}`],
    ['comparing such values', `[1]${'.map(a, [a, a])'.repeat(40)}.all(x, x == x)`],
    ['a text in pieces, in a loop', 'inputs.text.split("").map(a, inputs.text.split(""))'],
    ['a long text many times', 'inputs.text.split("").map(a, inputs.text).join("")'],
    ['deep brackets', '('.repeat(4000) + ')'.repeat(4000)],
    ['a long sum', Array.from({ length: 3000 }, () => 'a').join('+')],
    ['many signs', `${'!'.repeat(4000)}true`],
  ])('refuses %s', (_, source) => expect(failureOf(source)).toBeInstanceOf(ExpressionError));

  it('gives the same value each time, or the same error', () => {
    const atoms = [
      'tasks.plan.output.score',
      'inputs.count',
      '1',
      '2.5',
      '"a"',
      'null',
      'true',
      '[1, 2]',
      'item',
      '{"k": 1}',
    ];
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constantFrom(...atoms),
        fc
          .tuple(
            tie('expression'),
            fc.constantFrom('+', '-', '*', '/', '%', '==', '<', '&&', '||', 'in'),
            tie('expression'),
          )
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        tie('expression').map((a) => `size(${a})`),
        tie('expression').map((a) => `${a}.map(x, x)`),
        fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      ),
    }));
    const outcome = (source: string): string => {
      try {
        return JSON.stringify(evaluateExpression(source, scope));
      } catch (error) {
        if (error instanceof ExpressionError) return `${error.offset}: ${error.message}`;
        throw error;
      }
    };
    fc.assert(fc.property(expression, (source) => outcome(source) === outcome(source)));
  });

  it('never fails but with an ExpressionError, whatever the source', () => {
    const words = [
      ...Array.from('()[]{}.,:?!+-*/%<>="\'&| \\'),
      'tasks',
      'plan',
      'inputs',
      'map(x',
      'all',
      'filter',
      'size',
      'has',
      'in',
      '1',
      '1u',
      '1e9',
      'b"',
      '//',
      'x',
    ];
    const source = fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(source, (text) => {
        const { problem } = parseExpression(text);
        if (problem) expect(problem.offset).toBeLessThanOrEqual(text.length);
        try {
          evaluateExpression(text, scope);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
    );
  });
});

describe('parseExpression', () => {
  it('says what is named, where, and not what a loop names itself', () => {
    const { references } = parseExpression('tasks.plan.output.filter(tasks, tasks.x) == inputs["a-b"] || item');
    expect(references).toEqual([
      { root: 'tasks', member: 'plan', rootOffset: 0, offset: 6 },
      { root: 'inputs', member: 'a-b', rootOffset: 44, offset: 51 },
      { root: 'item', member: null, rootOffset: 61, offset: 61 },
    ]);
  });

  it('knows the value of what needs no scope', () => {
    expect(parseExpression('1 + 1').constant).toBe(2);
    expect(parseExpression('null').constant).toBeNull();
    expect(parseExpression('inputs.a').constant).toBeUndefined();
  });

  it.each([
    ['a.b + siz(c)', 6, 'there is no function siz()'],
    ['a +', 3, 'unexpected token: the end'],
    ['a.map(1, 2)', 6, 'invalid predicate iteration variable'],
    ['size(a, b)', 0, 'does not take that many arguments'],
    ['has(a)', 0, 'has() needs a member'],
    ['a ++ b', 3, 'unexpected token'],
    [`[${'1,'.repeat(300)}1]`, 401, 'written out has at most 200 items: longer ones come from a task'],
    [`${'('.repeat(60)}1${')'.repeat(60)}`, 50, 'nested deeper than 50 levels'],
  ])('finds what is wrong with %s at %i', (source, offset, message) => {
    const { problem } = parseExpression(source);
    expect(problem).toMatchObject({ offset });
    expect(problem!.message).toContain(message);
  });
});

describe('renderTemplate', () => {
  it('fills texts in as they are, nothing for null, and JSON for the rest, and never reads a value', () => {
    const template = [
      'Build ',
      { expression: 'inputs.feature' },
      ': ',
      { expression: 'tasks.plan.output.parts' },
      { expression: 'tasks.skipped' },
      '.',
    ];
    expect(renderTemplate(template, scope)).toBe('Build a "quoted" ${{ 1 }}: ["x","y","z"].');
  });

  it('refuses a text that is too long', () => {
    const template = Array.from({ length: 200 }, () => ({ expression: 'inputs.text' }));
    expect(() => renderTemplate(template, scope)).toThrow(ExpressionError);
  });
});
