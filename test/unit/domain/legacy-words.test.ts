import { describe, expect, it } from 'vitest';
import type { ReachedLimit } from '../../../src/domain/money/reached-limit.ts';
import { reachedText } from '../../../src/domain/money/reached-limit.ts';
import type { Wait } from '../../../src/domain/run/waits.ts';
import { legacyAsked, legacyChangedLimits, legacyLimit, legacyStop } from '../../../src/domain/run/legacy-words.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import { waitsOf, emptyRunState, reduceRun } from '../../../src/domain/run/run-state.ts';

const at = '2026-11-21T12:35:54.188Z';
const words =
  'task build: $0.0000 of $0.00 are spent and $0.0000 held back; the next call may cost $0.0078: raise limits.usd of task build to go on';

function waitingAfter(event: object): Wait[] {
  // As the database gives it: an event of an earlier version is whatever was stored.
  return waitsOf(reduceRun(emptyRunState, { seq: 1, at, ...event } as RunEvent));
}

describe('a story of an earlier version', () => {
  it('still says which limit a task waits for', () => {
    const [waiting] = waitingAfter({ type: 'task:waiting', taskId: 'build', cause: 'budget', detail: words });
    expect(waiting).toMatchObject({ what: words, limit: { scope: 'task/build', unit: 'usd' } });
  });

  it('still says which limit the run waits for', () => {
    const [waiting] = waitingAfter({ type: 'run:waiting', cause: 'budget', detail: words });
    expect(waiting).toMatchObject({ taskId: null, limit: { scope: 'task/build', unit: 'usd' } });
  });

  it('is read in words only where the fields are missing', () => {
    const limit = { scope: 'run', unit: 'tokens', limit: 9, spent: 9, reserved: 0, asked: 1, freeAt: null };
    const [waiting] = waitingAfter({ type: 'task:waiting', taskId: 'build', cause: 'budget', detail: words, limit });
    expect(waiting?.limit).toEqual({ scope: 'run', unit: 'tokens' });
    const [other] = waitingAfter({ type: 'task:waiting', taskId: 'build', cause: 'provider', detail: words });
    expect(other).not.toHaveProperty('limit');
  });
});

describe('legacyLimit', () => {
  const amounts = { limit: 1, spent: 1, reserved: 0, asked: 1, freeAt: null };
  it.each([
    { scope: 'run', unit: 'usd' },
    { scope: 'run', unit: 'tokens' },
    { scope: 'speed', unit: 'usd' },
    { scope: 'task/build', unit: 'usd' },
    { scope: 'phase/Do it', unit: 'tokens' },
    { scope: 'agent/coder', unit: 'usd' },
  ] satisfies Pick<ReachedLimit, 'scope' | 'unit'>[])('finds %j in what was said of it', (key) => {
    expect(legacyLimit(reachedText({ ...key, ...amounts }))).toEqual(key);
  });

  it('finds nothing in other words', () => expect(legacyLimit('more than $1')).toBeUndefined());
});

describe('legacyChangedLimits', () => {
  it.each([
    ['usd 2, timeoutMs 60000', { scope: null, limits: { usd: 2, timeoutMs: 60_000 } }],
    ['phase Usd 3: usd 2.5', { scope: 'phase/Usd 3', limits: { usd: 2.5 } }],
    ['two', null],
    ['constructor 3', null],
    ['usd 1.2.3', null],
  ])('reads %s', (detail, expected) => expect(legacyChangedLimits(detail)).toEqual(expected));
});

describe('legacyStop', () => {
  const undone = 'rolled back: 1 of 2 undone, first that could not be: b: exit code 1; sorry';
  it.each([
    [{ status: 'succeeded', reason: null }, null],
    [{ status: 'partial', reason: '1 of 2 tasks did not succeed; first b: failed' }, null],
    [{ status: 'failed', reason: `1 of 2 tasks did not succeed; first b: failed; ${undone}` }, null],
    [{ status: 'failed', reason: `undone; ${undone}` }, null],
    [
      { status: 'failed', reason: `b failed: no luck; ${undone}` },
      { kind: 'failed', reason: 'b failed: no luck' },
    ],
    [
      { status: 'cancelled', reason: 'cancelled' },
      { kind: 'cancelled', reason: 'cancelled' },
    ],
  ] as const)('finds what ended a run in %j', (result, stop) => expect(legacyStop(result)).toEqual(stop));
});

describe('legacyAsked', () => {
  it('leaves out who changed it', () => {
    expect(legacyAsked('bash git push, changed by ann')).toBe('bash git push');
    expect(legacyAsked('bash git push')).toBe('bash git push');
  });
});
