import { expect, it } from 'vitest';
import { standInsFor } from '../../../../src/client/reading/stand-ins.ts';
import { readInput } from '../../../../src/definition/draft/input-values.ts';

const declared = {
  plain: {},
  long: { type: 'string', min_length: 12, max_length: 14 },
  short: { type: 'string', max_length: 2 },
  one: { enum: ['b', 'a'] },
  number: { type: 'number', maximum: -0.5 },
  whole: { type: 'integer', minimum: 2.5 },
  yes: { type: 'boolean' },
  list: { type: 'array', items: { type: 'integer', minimum: 3 }, min_items: 2 },
  none: { type: 'array', max_items: 0 },
  group: { type: 'object' },
} as const;

it('stands in for every input that has to be given, by a value that its declaration takes', () => {
  const values = standInsFor(declared as never);
  expect(Object.keys(values)).toEqual(Object.keys(declared));
  for (const [name, declaration] of Object.entries(declared))
    expect([name, readInput(name, values[name]!, declaration as never)]).toEqual([name, { value: values[name] }]);
  expect(values).toMatchObject({ plain: '<plain>', one: 'b', list: [3, 3], none: [] });
});

it('leaves out what has a default, may be left out, or is no declaration', () => {
  expect(standInsFor({ a: { default: 1, type: 'number' }, b: { required: false }, c: 7 })).toEqual({});
});
