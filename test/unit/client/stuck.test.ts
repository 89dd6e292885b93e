import { describe, expect, it } from 'vitest';
import { causeOf, isRateLimit } from '../../../src/client/stuck.ts';

const now = Date.parse('2026-11-21T10:00:00Z');
const seconds = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: 0 });
function retried(message: string, attempt = 3) {
  const activityType = { name: 'callModel' };
  const times = { state: 1, scheduledTime: seconds(now + 30_000) };
  return { pendingActivities: [{ activityType, attempt, maximumAttempts: 10, lastFailure: { message }, ...times }] };
}

describe('causeOf', () => {
  it('names attempt, when the next one is, and why', () => {
    const clock = new Date(now + 30_000).toTimeString().slice(0, 8);
    expect(causeOf(retried('connection refused'), now)).toBe(
      `a model call is tried again, attempt 3 of 10 at ${clock}: connection refused`,
    );
  });

  it('names a rate limit as one', () => {
    expect(causeOf(retried('unavailable: 429 too many requests'), now)).toMatch(/^the provider limits the rate: /);
  });

  it('takes a first attempt for no trouble', () => {
    expect(causeOf(retried('', 1), now)).toBeNull();
    expect(causeOf({ pendingActivities: [] }, now)).toBeNull();
  });
});

describe('isRateLimit', () => {
  it.each([
    ['429 rate_limit_error', true],
    ['Overloaded', true],
    ['rate limited', true],
    ['connection refused on port 4290', false],
  ])('%s → %s', (message, expected) => expect(isRateLimit(message)).toBe(expected));
});
