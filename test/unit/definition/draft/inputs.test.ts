import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../src/domain/json.ts';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import { registryOf } from '../registry-of.ts';
import { workClock } from '../../../support/base/patience.ts';

function load(declared: string, inputs: Record<string, JsonValue>, prompt = 'x') {
  const text = `inputs: ${declared}\nphases: [{ name: B, tasks: [{ profile: coder, prompt: ${JSON.stringify(prompt)} }] }]`;
  return loadPlan({ kind: 'text', text, file: 'crew.yaml' }, { agents: registryOf('coder'), cwd: '/p', inputs }).plan;
}

function codesOf(declared: string, inputs: Record<string, JsonValue>, prompt?: string): string[] {
  try {
    load(declared, inputs, prompt);
    return [];
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return error.diagnostics.map(({ code, hint }) => `${code}${hint === null ? '' : `: ${hint}`}`);
  }
}

describe('inputs', () => {
  it.each([
    ['string', 'a', 'a'],
    ['string', '', ''],
    ['string', '12', '12'],
    ['integer', '12', 12],
    ['integer', -3, -3],
    ['number', '1.5e3', 1500],
    ['number', 0.5, 0.5],
    ['boolean', 'true', true],
    ['boolean', false, false],
  ])('takes %s from %j', (type, given, value) => {
    expect(load(`{ x: { type: ${type} } }`, { x: given }).inputs).toEqual({ x: value });
  });

  it.each([
    ['string', 12],
    ['string', ['a']],
    ['integer', '1.5'],
    ['integer', '0x10'],
    ['integer', '99999999999999999999'],
    ['number', 'Infinity'],
    ['number', ''],
    ['number', { a: 1 }],
    ['boolean', 'yes'],
    ['boolean', 1],
  ])('refuses for %s the value %j', (type, given) => {
    expect(codesOf(`{ x: { type: ${type} } }`, { x: given })).toEqual(['bad-input']);
  });

  it.each([
    ['{ type: array }', 'login, chat', ['login', 'chat']],
    ['{ type: array }', '["a, b", 3]', ['a, b', 3]],
    ['{ type: array, max_items: 0 }', '', []],
    ['{ type: array, items: { type: integer, maximum: 3 } }', [1, 3], [1, 3]],
    ['{ type: object }', '{ "lcp": 2.5 }', { lcp: 2.5 }],
    ['{ type: object, properties: { lcp: { type: number } } }', { cls: 'any' }, { cls: 'any' }],
    ['{ type: integer, minimum: 0, maximum: 100 }', '100', 100],
    ['{ enum: [full, quick] }', 'quick', 'quick'],
    ['{ min_length: 1, max_length: 3 }', 'abc', 'abc'],
  ])('takes for %s the value %j', (declared, given, value) => {
    expect(load(`{ x: ${declared} }`, { x: given }).inputs).toEqual({ x: value });
  });

  const deep = Array.from({ length: 40 }).reduce<JsonValue>((inner) => [inner], 'x');
  it.each([
    ['{ type: array }', '[1'],
    ['{ type: array }', { a: 1 }],
    ['{ type: array }', deep],
    ['{ type: array }', ['a\0']],
    ['{ type: array, min_items: 2 }', 'a'],
    ['{ type: array, items: { type: integer } }', ['1']],
    ['{ type: array, items: { enum: [a, b] } }', ['c']],
    ['{ type: object }', '["a"]'],
    ['{ type: object }', 'a=b'],
    ['{ type: object, properties: { lcp: { type: number, minimum: 0 } } }', { lcp: -1 }],
    ['{ type: integer, minimum: 0, maximum: 100 }', 101],
    ['{ enum: [full, quick] }', 'quik'],
    ['{ max_length: 3 }', 'abcd'],
  ])('refuses for %s the value %j', (declared, given) => {
    expect(codesOf(`{ x: ${declared} }`, { x: given })).toEqual(['bad-input']);
  });

  it('takes the default, or null, when an input is not given', () => {
    const declared =
      '{ a: { default: one }, b: { required: false }, c: { type: integer, default: 3, required: true } }';
    expect(load(declared, {}).inputs).toEqual({ a: 'one', b: null, c: 3 });
  });

  it('asks for each required input that is missing', () => {
    expect(codesOf('{ a: {}, b: { required: true } }', {})).toEqual([
      'missing-input: give it: `inputs.a`',
      'missing-input: give it: `inputs.b`',
    ]);
  });

  it('refuses what is not declared and names the nearest', () => {
    expect(codesOf('{ feature: {} }', { feature: 'a', featur: 'b' })).toEqual([
      'unknown-input: did you mean "feature"?',
    ]);
  });

  it.each([
    ['Build ${{ inputs.name }}, ${{inputs.name}}!', 'Build it, it!'],
    ['${{ inputs.two-words }} ${{ inputs.two_words }}', '7 7'],
    ['[${{ inputs.none }}]', '[]'],
    ['$${{ inputs.name }} costs $5', '${{ inputs.name }} costs $5'],
    ['no $ {{ expression }} here', 'no $ {{ expression }} here'],
  ])('fills %j', (prompt, filled) => {
    const declared = '{ name: {}, two-words: { type: integer }, none: { required: false } }';
    expect(load(declared, { name: 'it', 'two-words': '7' }, prompt).tasks[0]!.prompt).toBe(filled);
  });

  it('never looks for expressions inside values', () => {
    const plan = load('{ a: {}, b: {} }', { a: '${{ inputs.b }}', b: '$& $1 }}' }, '<${{ inputs.a }}|${{ inputs.b }}>');
    expect(plan.tasks[0]!.prompt).toBe('<${{ inputs.b }}|$& $1 }}>');
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])('treats the name %s as any other', (name) => {
    expect(
      codesOf(
        '{ feature: {} }',
        Object.fromEntries([
          ['feature', 'a'],
          [name, 'b'],
        ]),
      )[0],
    ).toMatch(/^unknown-input/);
    expect(codesOf('{ a: { default: b } }', {}, `\${{ inputs.${name} }}`)[0]).toMatch(/^unknown-input/);
    const plan = load(`{ ${name}: {} }`, Object.fromEntries([[name, 'v']]), `\${{ inputs.${name} }}`);
    expect(plan.tasks[0]!.prompt).toBe('v');
    expect(Object.entries(plan.inputs)).toEqual([[name, 'v']]);
    expect(Object.getPrototypeOf(plan.inputs)).toBe(Object.prototype);
    expect('v' in {}).toBe(false);
  });

  it('refuses prompts that inputs blow up past 16 MB, without building them', () => {
    const worked = workClock();
    expect(codesOf('{ a: {} }', { a: 'a'.repeat(600_000) }, '${{ inputs.a }}'.repeat(100))[0]).toMatch(/^too-large/);
    expect(worked()).toBeLessThan(500);
  });
});
