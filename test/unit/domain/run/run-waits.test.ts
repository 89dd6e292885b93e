import { describe, expect, it } from 'vitest';
import { answerCommand } from '../../../../src/domain/run/answer-command.ts';
import type { RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { waitsOf, countTasks, needsPerson } from '../../../../src/domain/run/run-state.ts';
import { countOpen } from '../../../../src/domain/run/task-state.ts';
import { startedRun, stateAfter } from '../../../support/run/event-stream.ts';

const two = startedRun(['plan', 'build']);
const asked = (over: { needed?: number; by?: string[]; deadline?: string | null } = {}): RunEventBody => ({
  ...{ type: 'approval:requested', approvalId: 'before/build', taskId: 'build', what: 'start of build' },
  ...{ detail: 'Build it.', by: over.by ?? [], needed: over.needed ?? 1, deadline: over.deadline ?? null },
});
const decided = (by: string, decision: 'approve' | 'reject' = 'approve'): RunEventBody => ({
  ...{
    type: 'approval:decided',
    approvalId: 'before/build',
    taskId: 'build',
    decision,
    by,
    comment: '',
    edited: false,
  },
});
const blocked = (asks: string): RunEventBody => ({
  ...{ type: 'blocker:raised', blockerId: 'b1', taskId: 'plan', agentName: 'coder', detail: 'which port?', asks },
});

describe('what waits', () => {
  it('shows a task that waits for an approval, and lets it go on', () => {
    const waiting = stateAfter(...two, asked());
    expect(waiting.tasks.get('build')).toMatchObject({ status: 'waiting', waitsFor: { cause: 'approval' } });
    expect(waitsOf(waiting)).toMatchObject([{ id: 'before/build', taskId: 'build', cause: 'approval' }]);
    const after = stateAfter(...two, asked(), decided('ann'));
    expect(after.tasks.get('build')).toMatchObject({ status: 'running', waitsFor: null });
    expect(waitsOf(after)).toEqual([]);
  });

  it('counts different people, and ends with the first no', () => {
    const once = stateAfter(...two, asked({ needed: 2 }), decided('ann'), decided('ann'));
    expect(waitsOf(once)).toMatchObject([{ approvedBy: ['ann'], needed: 2 }]);
    expect(waitsOf(stateAfter(...two, asked({ needed: 2 }), decided('ann'), decided('bob')))).toEqual([]);
    expect(waitsOf(stateAfter(...two, asked({ needed: 2 }), decided('ann', 'reject')))).toEqual([]);
  });

  it('counts anew what an edit put in its place, and shows that', () => {
    const edited = {
      ...decided('bob'),
      edited: true,
      now: { what: 'start of build, changed by bob', detail: 'Slowly.' },
    };
    const waiting = stateAfter(...two, asked({ needed: 2 }), decided('ann'), edited as RunEventBody);
    expect(waitsOf(waiting)).toMatchObject([{ approvedBy: ['bob'], detail: 'Slowly.', needed: 2, edits: 1 }]);
    expect(answerCommand('r', waitsOf(waiting)[0]!, [])).toBe('gaffer approve r --seen 1');
    expect(waitsOf(stateAfter(...two, asked({ needed: 2 }), edited as RunEventBody, decided('ann')))).toEqual([]);
  });

  it('knows who may decide after an escalation, and that nobody did', () => {
    const escalated: RunEventBody = {
      ...{ type: 'approval:escalated', approvalId: 'before/build', taskId: 'build', by: ['lead', 'boss'] },
    };
    expect(waitsOf(stateAfter(...two, asked({ by: ['lead'] }), escalated))[0]?.asks).toEqual(['lead', 'boss']);
    const expired: RunEventBody = {
      ...{ type: 'approval:expired', approvalId: 'before/build', taskId: 'build', outcome: 'deny' },
    };
    expect(waitsOf(stateAfter(...two, asked(), expired))).toEqual([]);
  });

  it('leaves to the manager what the manager is asked', () => {
    const asking = stateAfter(...two, blocked('foreman'));
    expect(asking.tasks.get('plan')?.status).toBe('waiting');
    expect(waitsOf(asking)).toEqual([]);
    expect(waitsOf(stateAfter(...two, blocked('foreman'), blocked('')))).toMatchObject([{ cause: 'blocker' }]);
    const resolved: RunEventBody = {
      ...{ type: 'blocker:resolved', blockerId: 'b1', taskId: 'plan', by: 'foreman', answer: '80' },
    };
    expect(stateAfter(...two, blocked('foreman'), resolved).tasks.get('plan')?.status).toBe('running');
  });

  it('needs a person only when nobody works any more', () => {
    expect(needsPerson(stateAfter(...two, asked()))).toBe(false);
    const held: RunEventBody = { type: 'run:waiting', cause: 'approval', detail: 'start of build' };
    const waiting = stateAfter(...two, asked(), held);
    expect(waiting.status).toBe('waiting');
    expect(needsPerson(waiting)).toBe(true);
    expect(waitsOf(waiting)).toHaveLength(1);
    const resumed = stateAfter(...two, asked(), held, decided('ann'), { type: 'run:resumed', by: '' });
    expect(resumed.status).toBe('running');
    expect(needsPerson(resumed)).toBe(false);
  });

  it('tells pausing from paused, and names who did it', () => {
    const pause = (state: 'pausing' | 'paused'): RunEventBody => ({
      ...{ type: 'run:paused', state, by: 'ann', reason: 'lunch' },
    });
    expect(needsPerson(stateAfter(...two, pause('pausing')))).toBe(false);
    const paused = stateAfter(...two, pause('pausing'), pause('paused'));
    expect(paused).toMatchObject({ status: 'paused', hold: { by: 'ann', detail: 'lunch' } });
    expect(waitsOf(paused)).toMatchObject([{ cause: 'paused', id: null, taskId: null }]);
  });
});

describe('a task whose result is asked about', () => {
  const end: RunEventBody = {
    ...{ type: 'task:complete', taskId: 'build', agentName: 'coder', success: true, duration: 1 },
    ...{ tokensUsed: 1, costUsd: 0, turns: 1 },
  };
  const about = { approvalId: 'after/build~1' };
  const question = { ...asked({ needed: 2 }), ...about } as RunEventBody;
  const no = { ...decided('ann', 'reject'), ...about } as RunEventBody;
  const [ann, bob] = ['ann', 'bob'].map((by) => ({ ...decided(by), ...about }) as RunEventBody);

  it.each<{ told: RunEventBody[] }>([{ told: [end] }, { told: [{ ...end, status: 'waiting' } as RunEventBody] }])(
    'waits until it is decided %j',
    ({ told }) => {
      const events = [...two, ...told, question];
      const waiting = { status: 'waiting', waitsFor: { cause: 'approval' } };
      expect(stateAfter(...events).tasks.get('build')).toMatchObject(waiting);
      expect(stateAfter(...events, ann!).tasks.get('build')).toMatchObject(waiting);
      expect(countOpen(stateAfter(...events))).toBe(2);
      const yes = stateAfter(...events, ann!, bob!).tasks.get('build');
      expect(yes).toMatchObject({ status: 'succeeded', waitsFor: null });
      expect(stateAfter(...events, no).tasks.get('build')).toMatchObject({
        ...{ status: 'failed', error: 'its result was not approved by ann', waitsFor: null },
      });
    },
  );

  it('waits from its end on, where that says so', () => {
    const state = stateAfter(...two, { ...end, status: 'waiting' } as RunEventBody);
    expect(state.tasks.get('build')).toMatchObject({ status: 'waiting', waitsFor: null });
  });

  it.each([
    { outcome: 'approve', status: 'succeeded' },
    { outcome: 'deny', status: 'failed' },
    { outcome: 'halt', status: 'failed' },
  ] as const)('is $status when time decides: $outcome', ({ outcome, status }) => {
    const expired: RunEventBody = { type: 'approval:expired', ...about, taskId: 'build', outcome };
    expect(stateAfter(...two, end, question, expired).tasks.get('build')).toMatchObject({ status, waitsFor: null });
  });

  it('is at work again when it waits in a later attempt', () => {
    const error: RunEventBody = { type: 'task:error', taskId: 'build', error: 'no', attempt: 1, willRetry: true };
    const wait: RunEventBody = { type: 'task:waiting', taskId: 'build', cause: 'budget', detail: 'more' };
    const resumed: RunEventBody = { type: 'task:resumed', taskId: 'build' };
    expect(stateAfter(...two, error, wait, resumed).tasks.get('build')?.status).toBe('running');
  });
});

describe('tasks that are no plain ones', () => {
  it('shows what is undone, and that a run which undoes is compensating', () => {
    const end: RunEventBody = {
      ...{ type: 'task:complete', taskId: 'plan', agentName: 'coder', success: true, duration: 1 },
      ...{ tokensUsed: 1, costUsd: 0, turns: 1 },
    };
    const start: RunEventBody = { type: 'compensation:start', taskId: 'plan', taskEnded: true, what: 'git restore' };
    const undoing = stateAfter(...two, end, start);
    expect(undoing.status).toBe('compensating');
    const undone = stateAfter(...two, end, start, { type: 'compensation:complete', taskId: 'plan' });
    expect(undone.tasks.get('plan')?.status).toBe('compensated');
    const stuck = stateAfter(...two, end, start, { type: 'compensation:error', taskId: 'plan', error: 'no' });
    expect(stuck.tasks.get('plan')?.status).toBe('succeeded');
    expect(stuck.compensations.get('plan')).toMatchObject({ status: 'failed', error: 'no' });
  });

  it('counts what helpers cost, and lists no task for them', () => {
    const answer: RunEventBody = {
      ...{ type: 'agent:answer', taskId: 'undo:plan', agentName: 'coder', turn: 1, tokensUsed: 5, costUsd: 0.5 },
      ...{ preview: 'reverts', calls: 0 },
    };
    const state = stateAfter(...two, answer, { ...answer, taskId: 'help:1:build' });
    expect(state).toMatchObject({ tokens: 10, costUsd: 1 });
    expect([...state.tasks.keys()]).toEqual(['plan', 'build']);
    expect(state.tasks.get('plan')).toMatchObject({ activity: 'is undone: reverts', tokens: 0 });
  });

  it('replaces a for_each by its members', () => {
    const added: RunEventBody = {
      ...{ type: 'task:added', taskId: 'each', phase: null, agentName: 'coder', context: 'each' },
    };
    const member = { ...added, taskId: 'each[0]' };
    expect([...stateAfter(...two, added, member).tasks.keys()]).toEqual(['plan', 'build', 'each[0]']);
  });

  it('tells reused tasks, and tasks that their own condition skipped', () => {
    const state = stateAfter(
      ...two,
      { type: 'task:reused', taskId: 'plan', agentName: 'coder', from: 'demo-0' },
      { type: 'task:skipped', taskId: 'build', reason: 'its condition is false', byCondition: true },
    );
    expect(state.tasks.get('plan')).toMatchObject({ status: 'reused', reusedFrom: 'demo-0' });
    expect(state.tasks.get('build')).toMatchObject({ status: 'skipped', error: null });
    expect(countOpen(state)).toBe(0);
    expect(countTasks(state)).toMatchObject({ reused: 1, skipped: 1 });
  });

  it('leaves nothing waiting in a run that has ended', () => {
    const state = stateAfter(...two, asked(), blocked(''), { type: 'workflow:error', reason: 'halted' });
    expect(state.waits.size).toBe(0);
    expect(countTasks(state)).toMatchObject({ waiting: 0, running: 0 });
  });
});
