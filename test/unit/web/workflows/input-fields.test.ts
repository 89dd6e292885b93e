import { expect, it } from 'vitest';
import { fieldsOf, textsOf, valuesOf } from '../../../../web/src/pages/workflows/input-fields.ts';
import { standInsFor } from '../../../../src/client/reading/stand-ins.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';

const inputs: JsonObject = {
  who: { description: 'Whom to greet', min_length: 3 },
  note: { default: 'Two\nlines', max_length: 5000 },
  times: { type: 'integer', minimum: 1, maximum: 9 },
  ratio: { type: 'number', default: 0.5 },
  loud: { type: 'boolean', required: false },
  depth: { enum: ['quick', 2], default: 'quick' },
  files: { type: 'array', items: { type: 'string' }, default: ['a'] },
  counts: { type: 'array', items: { type: 'integer' } },
  kinds: { type: 'array', items: { enum: ['x', 'y'] }, required: false },
  place: { type: 'object', properties: { city: {}, floor: { type: 'integer' } }, required: false },
  any: { type: 'object', required: false },
};
const fields = fieldsOf(inputs);

it('asks for each type of input in its own way', () => {
  expect(fields.map(({ name, kind, isRequired }) => [name, kind, isRequired])).toEqual([
    ...[['who', 'text', true] as const, ['note', 'text', false] as const, ['times', 'number', true] as const],
    ...[['ratio', 'number', false] as const, ['loud', 'yes-no', false] as const, ['depth', 'choice', false] as const],
    ...[['files', 'list', false] as const, ['counts', 'list', true] as const, ['kinds', 'choices', false] as const],
    ...[['place', 'group', false] as const, ['any', 'json', false] as const],
  ]);
  expect(fields.find(({ name }) => name === 'times')).toMatchObject({ bounds: '1 to 9', isWhole: true });
});

it('sends what was written, by its type, and nothing of what was not touched', () => {
  const texts = textsOf(fields);
  expect(valuesOf(fields, texts)).toEqual({ values: {}, wrongs: {} });
  const written = {
    ...{ ...texts, who: 'Ann', times: '3', ratio: '0.25', loud: 'false', depth: '2', files: 'a\n\nb ', counts: '1\n2' },
    ...{ kinds: 'x', 'place\u0000city': 'Oslo', 'place\u0000floor': '4', any: '{"a":[1]}' },
  };
  expect(valuesOf(fields, written).values).toEqual({
    ...{ who: 'Ann', times: 3, ratio: 0.25, loud: false, depth: 2, files: ['a', 'b '], counts: [1, 2], kinds: ['x'] },
    ...{ place: { city: 'Oslo', floor: 4 }, any: { a: [1] } },
  });
});

it('sends what is no number as it is, for the service to say so, and keeps what is no JSON', () => {
  const { values, wrongs } = valuesOf(fields, { ...textsOf(fields), times: 'many', any: '{' });
  expect(values).toEqual({ times: 'many' });
  expect(wrongs['any']).toMatch(/^This is no JSON: /);
});

it('lets a default be emptied', () => {
  expect(valuesOf(fields, { ...textsOf(fields), note: '', files: '' }).values).toEqual({ note: '', files: [] });
});

it('writes down what an earlier run was given, so that the same is sent again', () => {
  const given = {
    ...standInsFor(inputs),
    depth: 2,
    loud: true,
    place: { city: 'Oslo' },
    kinds: ['y'],
    any: { deep: [1] },
  };
  expect(valuesOf(fields, textsOf(fields, given)).values).toEqual(given);
});
