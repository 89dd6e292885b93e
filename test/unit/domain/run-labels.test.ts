import { describe, expect, it } from 'vitest';
import { checkLabels, readLabels } from '../../../src/domain/run-labels.ts';

describe('readLabels', () => {
  it('takes what stands behind the first = as the value', () => {
    expect(readLabels(['team=search', 'query=a=b', 'empty='])).toEqual({ team: 'search', query: 'a=b', empty: '' });
  });

  it.each([['team'], ['=search'], ['a b=c'], [`${'k'.repeat(64)}=v`], [`k=${'v'.repeat(201)}`], ['k=a\u2028b']])(
    'refuses %j',
    (text) => {
      expect(() => readLabels([text])).toThrow(/label/);
    },
  );
});

it('keeps a key that looks like a prototype as the key that it is', () => {
  const labels = checkLabels(JSON.parse('{"__proto__":"x"}'));
  expect(Object.keys(labels)).toEqual(['__proto__']);
});
