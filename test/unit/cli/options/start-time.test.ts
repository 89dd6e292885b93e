import { describe, expect, it } from 'vitest';
import { readPriority, readStartTime } from '../../../../src/cli/options/start-time.ts';
import { toStartTime } from '../../../../src/client/start/start-time.ts';

const now = new Date(2027, 0, 31, 17, 30);
const local = (...parts: [number, number, number, number, number]): Date => new Date(...parts);

describe('readStartTime', () => {
  it.each([
    [{ at: '18:00' }, local(2027, 0, 31, 18, 0)],
    [{ at: '17:30' }, local(2027, 1, 1, 17, 30)],
    [{ at: '2027-02-28 09:05' }, local(2027, 1, 28, 9, 5)],
    [{ at: '2027-02-28T09:05:30+02:00' }, new Date('2027-02-28T07:05:30Z')],
    [{ in: '2h' }, local(2027, 0, 31, 19, 30)],
    [{}, undefined],
  ])('takes %j for the time that is meant', (options, time) => {
    expect(readStartTime(options, now)).toEqual(time);
  });

  it.each([
    [{ at: '24:00' }, /no time/],
    [{ at: '6pm' }, /no time/],
    [{ at: '2027-02-30T10:00' }, /no time/],
    [{ at: '2026-12-31T10:00' }, /has passed/],
    [{ in: '-5m' }, /no time/],
    [{ in: '2hours' }, /no time/],
    [{ in: '400d' }, /more than a year/],
    [{ at: '18:00', in: '2h' }, /one of/],
  ])('refuses %j in words', (options, words) => {
    expect(() => readStartTime(options, now)).toThrow(words);
  });
});

it('a program that names a day that no calendar has is told so', () => {
  expect(() => toStartTime('2027-02-30T10:00:00Z', now.getTime())).toThrow(/no time/);
});

it('a priority is read however it is spelled, and refused with those that there are', () => {
  expect(readPriority('URGENT')).toBe('urgent');
  expect(() => readPriority('best')).toThrow(/low, normal, high, urgent/);
});
