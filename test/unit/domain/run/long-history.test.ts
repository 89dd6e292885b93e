import { describe, expect, it } from 'vitest';
import {
  formerHistoryLimits,
  historyLimits,
  isLong,
  isTooLong,
  withEvents,
  withOutstanding,
} from '../../../../src/domain/run/long-history.ts';

const short = { historyLength: 999, historySize: 3_999_999, continueAsNewSuggested: false };

describe('the length of a history', () => {
  it('counts what is under way, as that comes in before anything can move', () => {
    const history = withOutstanding({ ...short, historyLength: 400 }, { steps: 150, children: 100 });
    expect(history).toEqual({ ...short, historyLength: 1000 });
    expect(isLong(history, historyLimits)).toBe(true);
  });

  it.each([
    { what: 'short', history: short, long: false, tooLong: false, wasLong: false },
    { what: 'of 1,000 events', history: { ...short, historyLength: 1000 }, long: true, tooLong: false, wasLong: false },
    { what: 'of 4 MB', history: { ...short, historySize: 4_000_000 }, long: true, tooLong: false, wasLong: false },
    {
      what: 'advised',
      history: { ...short, continueAsNewSuggested: true },
      long: true,
      tooLong: false,
      wasLong: false,
    },
    { what: 'of 1,500 events', history: { ...short, historyLength: 1500 }, long: true, tooLong: true, wasLong: false },
    { what: 'of 8 MB', history: { ...short, historySize: 8_000_000 }, long: true, tooLong: true, wasLong: true },
    { what: 'of 8,000 events', history: { ...short, historyLength: 8000 }, long: true, tooLong: true, wasLong: true },
  ])('counts by events, bytes and what the server suggests: one $what', ({ history, long, tooLong, wasLong }) => {
    expect(isLong(history, historyLimits)).toBe(long);
    expect(isTooLong(history, historyLimits)).toBe(tooLong);
    expect(isLong(history, formerHistoryLimits)).toBe(wasLong);
  });

  // An update leaves two events at least, a signal one: these limits are Temporal's defaults for one execution.
  it('ends before updates or signals can', () => {
    expect(historyLimits.hard.events / 2).toBeLessThan(2000);
    expect(historyLimits.hard.events).toBeLessThan(10_000);
  });

  it('can begin earlier, and keeps its hard end', () => {
    const limits = withEvents(historyLimits, 50);
    expect(isLong({ ...short, historyLength: 50 }, limits)).toBe(true);
    expect(isTooLong({ ...short, historyLength: 1499 }, limits)).toBe(false);
    expect(withEvents(historyLimits, undefined)).toBe(historyLimits);
  });
});
