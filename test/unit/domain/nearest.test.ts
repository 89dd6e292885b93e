import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../../src/domain/nearest.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['prompt', 'promt', 1],
    ['usd', 'uds', 1],
    ['abcd', 'badc', 2],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe('nearest', () => {
  const known = ['name', 'prompt', 'profile', 'context_name', 'timeout'];
  it.each([
    ['promt', 'prompt'],
    ['contextName', 'context_name'],
    ['context', 'context_name'],
    ['time-out', 'timeout'],
    ['PROFILE', 'profile'],
    ['colour', null],
    ['x', null],
    ['', null],
    ['p'.repeat(1000), null],
  ])('of %j is %j', (word, name) => {
    expect(nearest(word, known)).toBe(name);
  });
});
