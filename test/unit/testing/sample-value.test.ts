import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { outputNote, schemaInPrompt } from '../../../src/domain/plan/output-note.ts';
import { checkOutput } from '../../../src/models/check-output.ts';
import { sampleValue } from '../../../src/testing/sample-value.ts';

const text = { type: 'string' };
const schemas: [string, JsonObject][] = [
  ['a score', { type: 'object', properties: { score: { type: 'integer' } }, required: ['score'] }],
  ['a score with an end', { type: 'integer', minimum: 0, maximum: 10 }],
  ['nothing at all', {}],
  ['a list of anything', { type: 'object', properties: { parts: { type: 'array' } }, required: ['parts'] }],
  ['what is required and said nowhere', { type: 'object', required: ['a', 'b'], additionalProperties: text }],
  ['patterns', { type: 'array', minItems: 3, uniqueItems: true, items: { type: 'string', pattern: '^[a-z]+\\.js$' } }],
  ['a pattern with groups', { pattern: '^(?:v(?<major>\\d{1,3})|x)\\.(\\d+)\\.\\2(-(alpha|beta)[.]?)?$' }],
  ['a pattern of classes', { pattern: '^\\p{Lu}[^\\s,]{2,5}\\u{1F600}\\x41\\.[\\]\\-a]$' }],
  ['a pattern that looks ahead', { pattern: '^(?=.*[0-9])(?=.*[A-Z])[A-Z0-9]{8,}$' }],
  ['a pattern in the middle', { pattern: 'TODO', minLength: 30 }],
  ['lengths', { type: 'string', minLength: 40, maxLength: 41 }],
  ['a short text', { type: 'string', maxLength: 2 }],
  ['an empty text', { type: 'string', maxLength: 0 }],
  ['bounds that are excluded', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }],
  ['whole numbers above a bound', { type: 'integer', exclusiveMinimum: 1000 }],
  ['steps', { type: 'number', multipleOf: 0.25, minimum: 3.1, maximum: 3.3 }],
  ['whole steps', { type: 'integer', multipleOf: 7, minimum: 701 }],
  ['negative numbers', { type: 'integer', maximum: -5 }],
  ['a choice', { enum: ['yes', 'no', null] }],
  ['one value', { const: { deep: [1, 2] } }],
  ['null or a text', { type: ['null', 'string'] }],
  ['a fixed list', { type: 'array', prefixItems: [text, { type: 'integer' }], items: false }],
  ['a list that contains', { type: 'array', items: { type: 'integer' }, contains: { minimum: 200 }, minContains: 2 }],
  ['truth values that differ', { type: 'array', uniqueItems: true, minItems: 2, items: { type: 'boolean' } }],
  [
    'definitions',
    {
      $ref: '#/$defs/pair',
      $defs: { pair: { type: 'array', minItems: 2, items: { $ref: '#/$defs/a~1b' } }, 'a/b': text },
    },
  ],
  [
    'a tree',
    {
      $defs: {
        node: {
          type: 'object',
          properties: { name: text, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
          required: ['name', 'children'],
        },
      },
      $ref: '#/$defs/node',
    },
  ],
  ['a chain with an end', { type: 'object', properties: { next: { $ref: '#' } } }],
  [
    'all of several',
    {
      allOf: [
        { properties: { a: text }, required: ['a'] },
        { type: 'object', properties: { a: { minLength: 9 } }, required: ['b'] },
      ],
    },
  ],
  ['patterns of several', { allOf: [{ type: 'string', pattern: '^a' }, { pattern: 'z$' }, { minLength: 5 }] }],
  ['numbers of several', { allOf: [{ type: 'number' }, { type: 'integer', minimum: 1 }, { minimum: 3, maximum: 4 }] }],
  [
    'one of several',
    {
      oneOf: [
        { type: 'object', properties: { kind: { const: 'a' }, x: text }, required: ['kind', 'x'] },
        { type: 'string' },
      ],
    },
  ],
  ['any of several', { type: 'object', properties: { a: text }, anyOf: [{ required: ['a'] }, { required: ['b'] }] }],
  [
    'conditions',
    {
      type: 'object',
      properties: { country: { enum: ['DE', 'US'] }, code: text },
      required: ['country'],
      if: { properties: { country: { const: 'US' } } },
      // oxlint-disable-next-line unicorn/no-thenable -- a key of JSON Schema
      then: { properties: { code: { pattern: '^\\d{5}$' } }, required: ['code'] },
      else: { required: ['city'] },
    },
  ],
  [
    'names by patterns',
    {
      type: 'object',
      patternProperties: { '^x-': { type: 'integer' } },
      additionalProperties: false,
      minProperties: 2,
    },
  ],
  ['names that are limited', { type: 'object', propertyNames: { pattern: '^[A-Z]{3}$' }, minProperties: 3 }],
  ['few properties', { type: 'object', properties: { a: text, b: text, c: text }, required: ['c'], maxProperties: 2 }],
  ['what comes with another', { type: 'object', properties: { a: text }, dependentRequired: { a: ['b'] } }],
  ['dates', { type: 'object', properties: { at: { type: 'string', format: 'date-time' } }, required: ['at'] }],
  ['what must not be', { type: 'object', properties: { old: text }, not: { required: ['old'] } }],
];

/** What stands between a schema and the answers that a task of it would get: null, or the problem with the last of them. */
function problemOf(schema: JsonObject): string | null {
  let problem: string | null = null;
  for (let attempt = 0; attempt < 3; attempt++)
    if ((problem = checkOutput(schema, JSON.stringify(sampleValue(schema, attempt)))) === null) return null;
  return problem;
}

describe('sampleValue', () => {
  it.each(schemas)('meets a schema of %s', (_, schema) => {
    expect(problemOf(schema)).toBeNull();
  });

  it('ends loops that wait for a good score, and gives lists that differ', () => {
    const part = { type: 'object', properties: { name: text, file: { type: 'string', pattern: '^[a-z]+\\.js$' } } };
    const schema = {
      type: 'object',
      properties: { score: { type: 'integer' }, ok: { type: 'boolean' }, parts: { type: 'array', items: part } },
    };
    const value = sampleValue(schema) as { score: number; ok: boolean; parts: { name: string; file: string }[] };
    expect(value).toMatchObject({ score: 100, ok: true });
    expect(new Set(value.parts.map(({ file }) => file)).size).toBe(2);
    expect(new Set(value.parts.map(({ name }) => name)).size).toBe(2);
  });

  it('refuses to make what would be too large, instead of filling the memory', () => {
    const wide = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`p${index}`, { $ref: '#' }]));
    expect(() => sampleValue({ type: 'object', properties: wide })).toThrow('too large');
    expect(sampleValue({ type: 'object', properties: wide }, 1)).toEqual({});
  });
});

describe('schemaInPrompt', () => {
  it('finds the schema of the note that a prompt ends with, and no other', () => {
    const schema = { type: 'object', properties: { text: { const: 'a\nb' } } };
    expect(schemaInPrompt(`Do it.\n\n${outputNote(schema)}\nMessage from you: go`)).toEqual(schema);
    expect(schemaInPrompt('Do it.\n{"type":"object"}')).toBeUndefined();
    expect(schemaInPrompt(`${outputNote(schema).split('\n')[0]}\nno JSON`)).toBeUndefined();
  });
});
