import { describe, expect, it } from 'vitest';
import { countOutcomes, endOfRun, summarize } from '../../../../src/domain/run/run-end.ts';
import type { RunEvent, RunEventBody } from '../../../../src/domain/run/run-events.ts';
import type { CompensationResult, RunStop, TaskResult, TaskStatus } from '../../../../src/domain/run/run-result.ts';
import { emptyRunState, reduceRun } from '../../../../src/domain/run/run-state.ts';
import { noUsage } from '../../../../src/domain/money/usage.ts';
import { fc } from '../../../support/base/properties.ts';

const outcomes = [
  ...(['succeeded', 'failed', 'cancelled', 'skipped', 'condition', 'reused', 'pending'] as const),
  // Somebody was asked about its result.
  ...(['approved', 'refused', 'undecided'] as const),
];
type Outcome = (typeof outcomes)[number];

interface Story {
  outcomes: Outcome[];
  /** Whether the events are those of an older version, which do not say how a task ended. */
  isOld: boolean;
  /** Which tasks were undone, by index. */
  undone: boolean[];
  waits: boolean[];
  stop: RunStop;
}

const outcome = fc.constantFrom(...outcomes);
const stop = fc.constantFrom<RunStop>(
  null,
  { kind: 'cancelled', reason: 'enough' },
  { kind: 'stopped', reason: 'budget' },
  { kind: 'failed', reason: 'stopped by on_failure' },
);
const story = fc.integer({ min: 0, max: 12 }).chain((length) => {
  const size = { minLength: length, maxLength: length };
  const ends = fc.array(outcome, size);
  const [undone, waits] = [fc.array(fc.boolean(), size), fc.array(fc.boolean(), size)];
  return fc.record({ outcomes: ends, isOld: fc.boolean(), undone, waits, stop });
});

/** What the workflow and the store make of a story: the log that ends with the result, and the result. */
function play({ outcomes: all, isOld, undone, waits, stop: ending }: Story) {
  const bodies: RunEventBody[] = [{ type: 'workflow:start', taskCount: all.length, name: 'story' }];
  const tasks: Record<string, TaskResult> = {};
  const compensations: CompensationResult[] = [];
  if (ending?.kind === 'cancelled') bodies.push({ type: 'run:cancelled', reason: ending.reason });
  for (const [index, wanted] of all.entries()) {
    const taskId = `t${index}`;
    // An older version told of tasks that were cancelled only with the whole run.
    const told = isOld && wanted === 'cancelled' && ending?.kind !== 'cancelled' ? 'failed' : wanted;
    bodies.push({ type: 'task:added', taskId, phase: null, agentName: 'a', context: 'c' });
    bodies.push(...lifeOf(taskId, told, { isOld, waits: waits[index]! }));
    const end = resultOf(told);
    const isUndone = undone[index]! && end === 'succeeded';
    if (isUndone) {
      bodies.push({ type: 'compensation:start', taskId, taskEnded: true, what: 'git restore' });
      bodies.push({ type: 'compensation:complete', taskId });
      compensations.push({ taskId, taskEnded: true, status: 'succeeded', error: null });
    }
    const error = told !== 'condition' && ['failed', 'skipped'].includes(end) ? 'why' : null;
    const about = { agent: 'a', context: 'c', output: '', durationMs: 1, attempts: 1, usage: noUsage };
    tasks[taskId] = { ...about, status: isUndone ? 'compensated' : end, costUsd: 0, turns: 1, error };
  }
  const { status, reason } = endOfRun(tasks, ending, compensations);
  const summary = summarize(tasks, 1);
  if (status === 'failed' || status === 'cancelled') bodies.push({ type: 'workflow:error', reason: reason ?? status });
  else {
    bodies.push({ type: 'workflow:complete', summary, status });
    bodies.push({ type: 'workflow:results', status, reason, tasks: {} });
  }
  const events: RunEvent[] = bodies.map((body, index) => ({ ...body, seq: index + 1, at: '2026-11-21T10:00:00Z' }));
  return { events, status, reason, summary };
}

function resultOf(told: Outcome): TaskStatus {
  const ends = { condition: 'skipped', approved: 'succeeded', refused: 'failed', undecided: 'skipped' } as const;
  return told in ends ? ends[told as keyof typeof ends] : (told as TaskStatus);
}

function lifeOf(taskId: string, told: Outcome, { isOld, waits }: { isOld: boolean; waits: boolean }): RunEventBody[] {
  if (told === 'pending') return [];
  if (told === 'reused') return [{ type: 'task:reused', taskId, agentName: 'a', from: 'earlier' }];
  if (told === 'skipped') return [{ type: 'task:skipped', taskId, reason: 'why' }];
  if (told === 'condition') return [{ type: 'task:skipped', taskId, reason: 'its condition', byCondition: true }];
  const begin: RunEventBody = { type: 'task:start', taskId, agentName: 'a', description: '', attempt: 1 };
  const wait: RunEventBody[] = waits
    ? [
        { type: 'task:waiting', taskId, cause: 'budget', detail: 'more than $1' },
        { type: 'task:resumed', taskId },
      ]
    : [];
  const error: RunEventBody = { type: 'task:error', taskId, error: 'why', attempt: 1, willRetry: false };
  const numbers = { duration: 1, tokensUsed: 0, costUsd: 0, turns: 1 };
  const success = told !== 'failed' && told !== 'cancelled';
  const isAsked = success && told !== 'succeeded';
  const status = { status: isAsked ? ('waiting' as const) : resultOf(told) };
  return [
    ...[begin, ...wait, ...(told === 'failed' ? [error] : [])],
    { type: 'task:complete', taskId, agentName: 'a', success, ...numbers, ...(!isOld && status) },
    ...(isAsked ? askedAfter(taskId, told, error) : []),
  ];
}

function askedAfter(taskId: string, told: Outcome, error: RunEventBody): RunEventBody[] {
  const asked = { approvalId: `after/${taskId}~1`, taskId };
  const decision = told === 'refused' ? 'reject' : 'approve';
  return [
    { type: 'approval:requested', ...asked, what: 'result', detail: '', by: [], needed: 1, deadline: null },
    told === 'undecided'
      ? { type: 'task:skipped', taskId, reason: 'the run ended' }
      : { type: 'approval:decided', ...asked, decision, by: 'ann', comment: '', edited: false },
    ...(told === 'refused' ? [error] : []),
  ];
}

describe('result, list and events of a run', () => {
  it('agree on how it ended and on every count', () => {
    fc.assert(
      fc.property(story, (told) => {
        const { events, status, reason, summary } = play(told);
        const state = events.reduce(reduceRun, emptyRunState);
        expect(state.status).toBe(status);
        if (reason !== null) expect(state.reason).toBe(reason);
        const counts = countOutcomes([...state.tasks.values()].map((task) => task.status));
        expect(summary).toMatchObject(counts);
        const { totalTasks, successfulTasks, failedTasks, cancelledTasks, skippedTasks, compensatedTasks } = summary;
        expect(successfulTasks + failedTasks + cancelledTasks + skippedTasks + compensatedTasks).toBe(totalTasks);
        expect(state.waits.size).toBe(0);
      }),
    );
  });

  it('never call a run succeeded over missing work', () => {
    fc.assert(
      fc.property(story, (told) => {
        const { status, summary } = play(told);
        if (status !== 'succeeded') return;
        const byCondition = told.outcomes.filter((end) => end === 'condition').length;
        expect(summary.successfulTasks + byCondition).toBe(summary.totalTasks);
        expect(summary.compensatedTasks).toBe(0);
      }),
    );
  });
});
