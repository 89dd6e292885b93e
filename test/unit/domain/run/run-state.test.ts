import { describe, expect, it } from 'vitest';
import type { RunEvent, RunEventBody } from '../../../../src/domain/run/run-events.ts';
import type { RunSummary } from '../../../../src/domain/run/run-result.ts';
import { countTasks, emptyRunState, hasEnded, reduceRun, type RunState } from '../../../../src/domain/run/run-state.ts';
import { fc } from '../../../support/base/properties.ts';

const at = (seq: number): string => new Date(Date.parse('2026-11-21T10:00:00Z') + seq * 1000).toISOString();
const number = (bodies: RunEventBody[]): RunEvent[] =>
  bodies.map((body, index) => ({ ...body, seq: index + 1, at: at(index + 1) }));
const stateOf = (bodies: RunEventBody[]): RunState => number(bodies).reduce(reduceRun, emptyRunState);

const summary: RunSummary = {
  totalTasks: 1,
  successfulTasks: 1,
  failedTasks: 0,
  cancelledTasks: 0,
  skippedTasks: 0,
  reusedTasks: 0,
  compensatedTasks: 0,
  totalTokens: 10,
  totalDuration: 1000,
  costUsd: 0.5,
  sessions: 1,
  contexts: 1,
};
const begin: RunEventBody[] = [
  { type: 'workflow:start', taskCount: 1, name: 'demo' },
  { type: 'task:added', taskId: 'plan', phase: 'Plan', agentName: 'foreman', context: 'lead' },
  { type: 'phase:start', phase: 'Plan', index: 0, mode: 'sequential', taskCount: 1 },
  { type: 'task:start', taskId: 'plan', agentName: 'foreman', description: 'plan it', attempt: 1 },
];
const answer: RunEventBody = {
  type: 'agent:answer',
  taskId: 'plan',
  agentName: 'foreman',
  turn: 1,
  tokensUsed: 10,
  costUsd: 0.25,
  preview: 'thinks',
  calls: 0,
};
const complete: RunEventBody = {
  type: 'task:complete',
  taskId: 'plan',
  agentName: 'foreman',
  success: true,
  duration: 900,
  tokensUsed: 20,
  costUsd: 0.5,
  turns: 2,
};

describe('reduceRun', () => {
  it('follows a run from its start to its end', () => {
    const running = stateOf([...begin, answer, { ...answer, turn: 2 }]);
    expect(running).toMatchObject({ status: 'running', name: 'demo', taskCount: 1, tokens: 20, costUsd: 0.5 });
    expect(running.tasks.get('plan')).toMatchObject({
      status: 'running',
      turn: 2,
      tokens: 20,
      phase: 'Plan',
      context: 'lead',
    });

    const ended = stateOf([
      ...begin,
      answer,
      { ...answer, turn: 2 },
      complete,
      { type: 'phase:complete', phase: 'Plan', index: 0, duration: 1000 },
      { type: 'workflow:complete', summary, status: 'succeeded' },
      { type: 'workflow:results', status: 'succeeded', reason: null, tasks: { plan: { status: 'succeeded' } } },
    ]);
    expect(ended).toMatchObject({ status: 'succeeded', reason: null, summary, endedAt: at(9) });
    expect(ended.phases).toEqual([{ name: 'Plan', mode: 'sequential', status: 'complete' }]);
    expect(countTasks(ended)).toMatchObject({ succeeded: 1, running: 0 });
  });

  it('counts an event that comes twice once (rule 1)', () => {
    const events = number([...begin, answer]);
    const once = events.reduce(reduceRun, emptyRunState);
    expect([...events, ...events.slice(2)].reduce(reduceRun, emptyRunState)).toEqual(once);
  });

  it('keeps a task open that will be tried again, with its error', () => {
    const error: RunEventBody = {
      type: 'task:error',
      taskId: 'plan',
      error: 'overloaded',
      attempt: 1,
      willRetry: true,
    };
    expect(stateOf([...begin, error]).tasks.get('plan')).toMatchObject({ status: 'ready', error: 'overloaded' });
    const again: RunEventBody = {
      type: 'task:start',
      taskId: 'plan',
      agentName: 'foreman',
      description: '',
      attempt: 2,
    };
    expect(stateOf([...begin, error, again]).tasks.get('plan')).toMatchObject({ status: 'running', attempt: 2 });
    expect(stateOf([...begin, error, again, complete]).tasks.get('plan')).toMatchObject({
      status: 'succeeded',
      error: null,
    });
  });

  it('never calls a failed task succeeded', () => {
    const error: RunEventBody = { type: 'task:error', taskId: 'plan', error: 'no', attempt: 1, willRetry: false };
    const state = stateOf([...begin, error, { ...complete, success: false }]);
    expect(state.tasks.get('plan')).toMatchObject({ status: 'failed', error: 'no' });
  });

  it('calls a task cancelled whose end says so, though the run was not', () => {
    const cut: RunEventBody = { ...complete, success: false, status: 'cancelled' };
    expect(stateOf([...begin, cut]).tasks.get('plan')?.status).toBe('cancelled');
    expect(stateOf([...begin, { ...complete, success: false }]).tasks.get('plan')?.status).toBe('failed');
  });

  it('tells a cancelled run from a failed one', () => {
    const error: RunEventBody = { type: 'workflow:error', reason: 'stopped' };
    expect(stateOf([...begin, error])).toMatchObject({ status: 'failed', reason: 'stopped' });
    expect(stateOf([...begin, { type: 'run:cancelled', reason: 'enough' }, error])).toMatchObject({
      status: 'cancelled',
    });
  });

  it('takes a run that is cancelled while it is paused for one that nobody holds up', () => {
    const paused: RunEventBody = { type: 'run:paused', state: 'paused', by: 'ann', reason: '' };
    expect(stateOf([...begin, paused])).toMatchObject({ status: 'paused', hold: { by: 'ann' } });
    const cancelled = stateOf([...begin, paused, { type: 'run:cancelled', reason: 'enough' }]);
    expect(cancelled).toMatchObject({ status: 'running', hold: null, cancelReason: 'enough' });
  });

  it('knows a task of which it only heard later (a stream joined in the middle)', () => {
    expect(stateOf([answer]).tasks.get('plan')).toMatchObject({ status: 'pending', tokens: 10 });
  });

  it('leaves no task open in a run that has ended, whatever came before (rules 2 and 3)', () => {
    const body = fc.constantFrom<RunEventBody>(
      ...begin,
      answer,
      complete,
      { ...complete, success: false },
      { type: 'task:error', taskId: 'plan', error: 'no', attempt: 1, willRetry: true },
      { type: 'task:skipped', taskId: 'late', reason: 'plan failed' },
      { type: 'task:start', taskId: 'late', agentName: 'coder', description: '', attempt: 1 },
      { type: 'run:cancelled', reason: 'enough' },
    );
    const end = fc.constantFrom<RunEventBody>(
      { type: 'workflow:error', reason: 'no' },
      { type: 'workflow:results', status: 'partial', reason: 'some', tasks: { plan: { status: 'pending' } } },
    );
    fc.assert(
      fc.property(fc.array(body, { maxLength: 30 }), end, (bodies, last) => {
        const state = stateOf([...bodies, last]);
        expect(hasEnded(state.status)).toBe(true);
        expect(countTasks(state)).toMatchObject({ pending: 0, ready: 0, running: 0 });
      }),
    );
  });

  it('changes no state that it was given', () => {
    const events = number([...begin, answer]);
    const before = events.slice(0, 4).reduce(reduceRun, emptyRunState);
    const copy = structuredClone({ ...before, tasks: [...before.tasks] });
    reduceRun(before, events[4]!);
    expect({ ...before, tasks: [...before.tasks] }).toEqual(copy);
  });
});
