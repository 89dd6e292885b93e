import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent, RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { foldIdle } from '../../../../src/domain/timeline/idle-gaps.ts';
import { SpanBook, type SpanRow, spanEvents } from '../../../../src/domain/timeline/span-book.ts';

const start = Date.parse('2026-11-30T08:00:00.000Z');
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();

/** A book of what happened at which second. */
function told(...story: (readonly [seconds: number, body: RunEventBody])[]): { book: SpanBook; events: RunEvent[] } {
  const events = story.map(([seconds, body], index): RunEvent => ({ ...body, seq: index + 1, at: at(seconds) }));
  const book = new SpanBook();
  for (const event of events) book.add(event);
  return { book, events };
}

const begin = (taskId: string, attempt = 1): RunEventBody => ({
  ...{ type: 'task:start', taskId, agentName: 'worker', description: '', attempt },
});
const end = (taskId: string, success = true): RunEventBody => ({
  ...{ type: 'task:complete', taskId, agentName: 'worker', success, duration: 1 },
  ...{ tokensUsed: 0, costUsd: 0, turns: 1 },
});
const ask = (taskId: string): RunEventBody => ({
  ...{ type: 'approval:requested', approvalId: `before/${taskId}`, taskId, what: 'start', detail: '' },
  ...{ by: [], needed: 2, deadline: null },
});
const yes = (taskId: string, by: string): RunEventBody => ({
  ...{
    type: 'approval:decided',
    approvalId: `before/${taskId}`,
    taskId,
    decision: 'approve',
    by,
    comment: '',
    edited: false,
  },
});
const begun: RunEventBody = { type: 'workflow:start', taskCount: 2, name: 'test' };

describe('the times of a run', () => {
  it('has every attempt with how it ended, and what was waited for until it was over', () => {
    const { book, events } = told(
      ...([
        [0, begun],
        [0, { type: 'task:added', taskId: 'a', phase: 'one', agentName: 'worker', context: 'a' }],
      ] as const),
      ...([
        [1, begin('a')],
        [3, { type: 'task:error', taskId: 'a', error: 'oh', attempt: 1, willRetry: true }],
      ] as const),
      ...([
        [5, begin('a', 2)],
        [9, end('a')],
        [9, ask('b')],
        [60, yes('b', 'ann')],
        [100, yes('b', 'bob')],
      ] as const),
      ...([
        [100, begin('b')],
        [101, { type: 'task:skipped', taskId: 'c', reason: 'no' }],
      ] as const),
    );
    expect(book.rows.get('a')).toEqual({
      ...{ id: 'a', phase: 'one', waits: [] },
      attempts: [
        { begin: 1000, end: 3000, outcome: 'retried' },
        { begin: 5000, end: 9000, outcome: 'succeeded' },
      ],
    });
    expect(book.rows.get('b')).toMatchObject({
      waits: [{ begin: 9000, end: 100_000, cause: 'approval' }],
      attempts: [{ begin: 100_000, end: null, outcome: 'running' }],
    });
    expect(book.rows.get('c')!.attempts).toEqual([{ begin: 101_000, end: 101_000, outcome: 'skipped' }]);
    expect(events.every((event) => !book.add(event))).toBe(true);
    expect(events.every(({ type }) => spanEvents.includes(type))).toBe(true);
  });

  it.each([
    ['approve', 'succeeded'],
    ['reject', 'failed'],
  ] as const)('has an attempt whose result was asked about end as it was answered: %s', (decision, outcome) => {
    const about = { approvalId: 'after/a', taskId: 'a' };
    const { book } = told(
      ...([
        [0, begun],
        [1, begin('a')],
        [3, { ...end('a'), status: 'waiting' } as RunEventBody],
        [3, { ...ask('a'), ...about, needed: 1 } as RunEventBody],
        [60, { ...yes('a', 'ann'), ...about, decision } as RunEventBody],
      ] as const),
    );
    expect(book.rows.get('a')).toMatchObject({
      attempts: [{ begin: 1000, end: 3000, outcome }],
      waits: [{ begin: 3000, end: 60_000, cause: 'approval' }],
    });
  });

  it('ends all that is open with the run, and holds of the run are waits of its own', () => {
    const { book } = told(
      ...([
        [0, begun],
        [1, begin('a')],
        [2, { type: 'run:paused', state: 'pausing', by: 'ann', reason: '' }],
      ] as const),
      ...([
        [3, { type: 'run:paused', state: 'paused', by: 'ann', reason: '' }],
        [8, { type: 'run:resumed', by: 'ann' }],
      ] as const),
      ...([
        [9, { type: 'run:waiting', cause: 'budget', detail: '' }],
        [20, { type: 'workflow:error', reason: 'cut off' }],
      ] as const),
    );
    expect(book.rows.get('')!.waits).toEqual([
      { begin: 2000, end: 8000, cause: 'paused' },
      { begin: 9000, end: 20_000, cause: 'budget' },
    ]);
    expect(book.rows.get('a')!.attempts).toEqual([{ begin: 1000, end: 20_000, outcome: 'cancelled' }]);
    expect(book.until).toBe(start + 20_000);
  });

  it('goes on as JSON wherever it is cut, as if it had never been sent', () => {
    const story = [
      ...([
        [0, begun],
        [1, begin('a')],
        [2, ask('b')],
        [3, end('a', false)],
        [4, yes('b', 'ann')],
      ] as const),
      ...([
        [5, yes('b', 'bob')],
        [6, begin('b')],
        [7, { type: 'task:waiting', taskId: 'b', cause: 'budget', detail: '' }],
      ] as const),
      ...([
        [8, { type: 'task:resumed', taskId: 'b' }],
        [9, end('b')],
      ] as const),
    ] as [number, RunEventBody][];
    const { book, events } = told(...story);
    for (let cut = 0; cut <= events.length; cut++) {
      const first = new SpanBook();
      for (const event of events.slice(0, cut)) first.add(event);
      const second = SpanBook.from(JSON.parse(JSON.stringify(first.toJson(true))));
      for (const event of events) second.add(event);
      expect(second.toJson(true)).toEqual(book.toJson(true));
    }
  });
});

describe('an axis of time', () => {
  const row = (id: string, attempts: [number, number | null][], waits: SpanRow['waits'] = []): SpanRow => ({
    ...{ id, phase: null, waits },
    attempts: attempts.map(([first, last]) => ({ begin: first, end: last, outcome: 'succeeded' })),
  });

  it('folds stretches in which nobody worked, and says what was waited for then', () => {
    const hour = 3_600_000;
    const waits: SpanRow['waits'] = [
      { begin: 10_000, end: 7 * hour, cause: 'approval' },
      { begin: 10_000, end: 20_000, cause: 'provider' },
    ];
    const axis = foldIdle([row('a', [[0, 10_000]]), row('b', [[5000, 8 * hour]], waits)], 8 * hour);
    expect(axis.gaps).toEqual([{ begin: 10_000, end: 7 * hour, causes: ['approval', 'provider'] }]);
    expect(axis.place(10_000)).toBe(10_000);
    expect(axis.place(7 * hour)).toBe(10_000 + axis.breakMs);
    expect(axis.length).toBeLessThan(1.2 * hour);
  });

  it('folds no gap of a short run that is short itself', () => {
    const short = [row('a', [[0, 2000]]), row('b', [[3900, 6000]]), row('c', [[7200, 10_000]])];
    expect(foldIdle(short, 10_000)).toMatchObject({ gaps: [], length: 10_000 });
    expect(foldIdle([...short, row('d', [[60_000, 61_000]])], 61_000).gaps).toMatchObject([
      { begin: 10_000, end: 60_000 },
    ]);
  });

  it('keeps the order of times, gives every place back, and grows without a jump while nobody works', () => {
    const rows = fc.array(
      fc.tuple(fc.nat(1e7), fc.nat(1e5)).map(([from, length]) => row('a', [[from, from + length]])),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(rows, fc.array(fc.nat(1.2e7), { minLength: 2 }), (all, times) => {
        const axis = foldIdle(all, 1.2e7);
        const sorted = [...times].sort((one, other) => one - other);
        const places = sorted.map((time) => axis.place(time));
        expect(places).toEqual([...places].sort((one, other) => one - other));
        for (const [index, place] of places.entries()) expect(axis.timeAt(place)).toBeCloseTo(sorted[index]!, 3);
        const last = Math.max(0, ...all.map(({ attempts }) => attempts[0]!.end!));
        const lengths = [0, 500, 1000, 5000, 50_000, 1e6].map((more) => foldIdle(all, last + more).length);
        for (const [index, length] of lengths.slice(1).entries()) {
          expect(length).toBeGreaterThanOrEqual(lengths[index]! - 1e-6);
        }
      }),
    );
  });
});
