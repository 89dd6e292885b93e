import { describe, expect, it } from 'vitest';
import type { AgentDelta } from '../../../../src/domain/conversation/agent-delta.ts';
import type { RunEvent, RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { emptyRunState, reduceRun } from '../../../../src/domain/run/run-state.ts';
import {
  isSamePick,
  keptEvents,
  unknownRun,
  withArrivals,
  withHistory,
  withState,
  type LiveRun,
} from '../../../../web/src/live/live-run.ts';
import { numbered, startedRun, stateAfter } from '../../../support/run/event-stream.ts';

const begun = startedRun(['a', 'b']);
const known = (): LiveRun => withState(unknownRun('demo'), stateAfter(...begun));
const at = '2026-11-21T10:30:00.000Z';

function next(live: LiveRun, ...bodies: RunEventBody[]): RunEvent[] {
  return bodies.map((body, index) => ({ ...body, seq: live.lastSeq + index + 1, at }));
}

function delta(offset: number, text: string, more: Partial<AgentDelta> = {}): AgentDelta {
  return {
    ...{ type: 'agent:delta', taskId: 'a', agentName: 'coder', attempt: 1, turn: 1, call: 'a~1/1/0#1', offset, text },
    ...more,
  };
}
const answer = (turn: number, taskId = 'a'): RunEventBody => ({
  ...{ type: 'agent:answer', taskId, agentName: 'coder', turn, tokensUsed: 5, costUsd: 0.1, preview: 'done', calls: 0 },
});
const textOf = (live: LiveRun): string | undefined => live.deltas.get('a')?.text;

describe('a run as a page knows it', () => {
  it('is what the domain makes of its state and the events behind it, also when they come twice', () => {
    const live = known();
    const more = next(live, answer(1), { type: 'task:waiting', taskId: 'b', cause: 'approval', detail: 'may it?' });
    const after = withArrivals(withArrivals(live, more), more);
    expect(after.state).toEqual([...numbered(...begun), ...more].reduce(reduceRun, emptyRunState));
    expect([after.lastSeq, after.events]).toEqual([live.lastSeq + 2, more]);
    expect(withArrivals(after, more)).toBe(after);
    expect(withState(after, live.state)).toBe(after);
  });

  it('shares what did not change, and keeps the newest 1,000 events, whether they were told live or asked for', () => {
    const live = known();
    const logs = next(
      live,
      ...Array.from({ length: 1500 }, (_, n): RunEventBody => ({ type: 'run:log', text: `${n}` })),
    );
    const after = withArrivals(live, logs);
    expect(after.state.tasks).toBe(live.state.tasks);
    expect(after.events).toEqual(logs.slice(-keptEvents));
    const called = withArrivals(live, next(live, answer(1)));
    expect(called.state.tasks.get('b')).toBe(live.state.tasks.get('b'));
    const joined = withHistory(called, numbered(...begun));
    expect(joined.events.map(({ seq }) => seq)).toEqual(joined.events.map((_, index) => index + 1));
    expect(joined.events).toHaveLength(begun.length + 1);
    expect(withHistory(joined, numbered(...begun))).toBe(joined);
  });

  it('counts an event once, in whatever order history and stream bring it', () => {
    const all = [...begun, ...Array.from({ length: 5 }, (_, n): RunEventBody => ({ type: 'run:log', text: `${n}` }))];
    const events = numbered(...all);
    for (let told = 0; told <= events.length; told++)
      for (const historyAfter of events.keys()) {
        let live = withState(unknownRun('demo'), events.slice(0, told).reduce(reduceRun, emptyRunState));
        const stream = events.slice(told);
        // A history that was asked for without a bound has what the stream brings, too.
        stream.forEach((event, index) => {
          if (index === historyAfter) live = withHistory(live, events);
          live = withArrivals(live, [event, ...stream.slice(Math.max(0, index - 2), index)]);
        });
        live = withHistory(live, events);
        expect(live.events, `state at ${told}, history after ${historyAfter}`).toEqual(events);
        expect(live.state).toEqual(events.reduce(reduceRun, emptyRunState));
      }
  });

  it('shows what a model says as it says it, each piece once and where it belongs', () => {
    let live = withArrivals(known(), [delta(0, 'I beg'), delta(5, 'in'), delta(5, 'in'), delta(3, 'egin wi')]);
    expect(textOf(live)).toBe('I begin wi');
    live = withArrivals(live, [delta(20, 'th the end')]);
    expect(textOf(live)).toBe('I begin wi … th the end');
    expect(live.deltas.get('a')).toMatchObject({ length: 30, turn: 1 });
    // Whoever joins in the middle sees that something is missing.
    expect(textOf(withArrivals(known(), [delta(7, 'late')]))).toBe(' … late');
  });

  it('takes a text back when the turn is tried again, and drops it with the answer', () => {
    const live = withArrivals(known(), [delta(0, 'one'), delta(0, 'anew', { call: 'a~1/1/0#2' })]);
    expect(textOf(live)).toBe('anew');
    const answered = withArrivals(live, next(live, answer(1)));
    expect(answered.deltas.size).toBe(0);
    const second = withArrivals(answered, [delta(0, 'more', { turn: 2, call: 'a~1/2/0#1' }), delta(4, 'old')]);
    expect(textOf(second)).toBe('more');
    // An answer of a turn before is no answer to this one.
    expect(textOf(withArrivals(second, next(second, answer(1))))).toBe('more');
    const told = { type: 'task:error', taskId: 'a', error: 'no', attempt: 1, willRetry: true } as const;
    expect(withArrivals(second, next(second, told)).deltas.size).toBe(0);
  });

  it('has no text of a model once it has ended', () => {
    const live = withArrivals(known(), [delta(0, 'one'), delta(0, 'two', { taskId: 'b' })]);
    const end: RunEventBody = { type: 'workflow:results', status: 'cancelled', reason: null, tasks: {} };
    const over = withArrivals(live, next(live, end));
    expect([over.deltas.size, over.state.status]).toEqual([0, 'cancelled']);
  });

  it('holds a text of any length in bounds', () => {
    let live = known();
    for (let offset = 0; offset < 300_000; offset += 30_000)
      live = withArrivals(live, [delta(offset, 'x'.repeat(30_000))]);
    expect(textOf(live)!.length).toBeLessThan(70_000);
    expect(live.deltas.get('a')!.length).toBe(300_000);
  });
});

describe('two picks of a run', () => {
  it('are the same when they are one, or have the same in them', () => {
    const task = {};
    for (const [one, other] of [
      [1, 1],
      [Number.NaN, Number.NaN],
      [[task], [task]],
      [
        { task, n: 1 },
        { n: 1, task },
      ],
    ])
      expect(isSamePick(one, other)).toBe(true);
    for (const [one, other] of [
      [1, 2],
      [[task], [{}]],
      [[], {}],
      [[task], [task, task]],
      [{ task }, { other: task }],
      [new Map(), new Map()],
      [null, {}],
    ])
      expect(isSamePick(one, other)).toBe(false);
  });
});
