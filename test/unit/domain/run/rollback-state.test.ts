import { describe, expect, it } from 'vitest';
import { endOfRun, stopOf, summarize } from '../../../../src/domain/run/run-end.ts';
import type { RunEvent, RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { emptyRunState, reduceRun } from '../../../../src/domain/run/run-state.ts';

const summary = summarize({}, 10);
const answer = { turn: 1, tokensUsed: 10, costUsd: 0.5, preview: 'sorry', calls: 0 };
const start = { type: 'task:start', taskId: 'a', agentName: 'worker', description: '', attempt: 1 } as const;
const end = { taskId: 'a', agentName: 'worker', success: true, duration: 1, tokensUsed: 0, costUsd: 0, turns: 1 };
const ran: RunEventBody[] = [
  { type: 'workflow:start', taskCount: 1, name: 'w' },
  start,
  { type: 'task:complete', ...end },
  { type: 'workflow:results', status: 'succeeded', reason: null, tasks: { a: 'succeeded' } },
];

function stateOf(bodies: readonly RunEventBody[]) {
  const events = bodies.map((body, index): RunEvent => ({ ...body, seq: index + 1, at: '2026-01-01T00:00:00.000Z' }));
  return events.reduce(reduceRun, emptyRunState);
}

describe('a run that was rolled back after its end', () => {
  it('ends as the rollback says, with what was undone and what that cost', () => {
    const undoing: RunEventBody[] = [
      { type: 'compensation:start', taskId: 'a', taskEnded: true, what: 'undo a' },
      { type: 'agent:answer', taskId: 'undo:a', agentName: 'worker', ...answer },
    ];
    expect(stateOf([...ran, ...undoing])).toMatchObject({ status: 'succeeded', costUsd: 0.5 });
    const state = stateOf([
      ...ran,
      ...undoing,
      { type: 'compensation:complete', taskId: 'a' },
      { type: 'run:rolled-back', status: 'failed', reason: 'rolled back', summary },
    ]);
    expect(state).toMatchObject({ status: 'failed', reason: 'rolled back', summary, costUsd: 0.5 });
    expect(state.tasks.get('a')?.status).toBe('compensated');
    expect(state.compensations.get('a')).toMatchObject({ status: 'succeeded' });
  });

  it('is not reopened by anything else that comes late', () => {
    const state = stateOf([...ran, start, { type: 'run:paused', state: 'paused', by: 'x', reason: '' }]);
    expect(state).toMatchObject({ status: 'succeeded', hold: null });
    expect(state.tasks.get('a')?.status).toBe('succeeded');
  });
});

describe('a run of which branches went in after its end', () => {
  it('stands as that leaves it, with its tasks as they were', () => {
    const before: RunEventBody[] = [
      ...ran.slice(0, -1),
      { type: 'workflow:results', status: 'partial', reason: '2 branches are not merged', tasks: { a: 'succeeded' } },
    ];
    const some = { type: 'run:merged' as const, status: 'partial' as const, reason: '1 branch is not merged', summary };
    expect(stateOf([...before, some])).toMatchObject({ status: 'partial', reason: '1 branch is not merged' });
    const state = stateOf([...before, some, { type: 'run:merged', status: 'succeeded', reason: null, summary }]);
    expect(state).toMatchObject({ status: 'succeeded', reason: null, endedAt: '2026-01-01T00:00:00.000Z' });
    expect(state.tasks.get('a')?.status).toBe('succeeded');
  });
});

describe('stopOf', () => {
  const undone = (status: 'succeeded' | 'failed') =>
    [{ taskId: 'a', taskEnded: true, status, error: status === 'failed' ? 'exit code 1' : null }] as const;
  const tasks = { a: { status: 'succeeded', error: null }, b: { status: 'failed', error: 'no luck' } } as const;

  it.each([null, { kind: 'failed', reason: 'b failed: no luck' }, { kind: 'cancelled', reason: 'cancelled' }] as const)(
    'finds again what ended a run, without what was undone then: %j',
    (stop) => {
      const end = endOfRun(tasks, stop, undone('failed'));
      expect(stopOf({ ...end, stop })).toEqual(stop);
      // A result of an earlier version says it in its reason alone.
      expect(stopOf(end)).toEqual(stop);
      expect(stopOf(endOfRun(tasks, stop))).toEqual(stop);
    },
  );
});
