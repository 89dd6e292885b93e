import { describe, expect, it } from 'vitest';
import { timeLeft } from '../../../../src/domain/analysis/time-left.ts';
import type { RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { phase, plan, task } from '../../../support/plan/builders.ts';
import { stateAfter } from '../../../support/run/event-stream.ts';

const began = Date.parse('2026-11-21T10:00:00.000Z');
const line = plan({
  phases: [phase('One'), phase('Two')],
  tasks: [task({ id: 'dig', phase: 0 }), task({ id: 'plant', phase: 1, afterPhase: 0 })],
});
const took = (durationMs: number) => ({ durationMs, costUsd: 0 });
const history = { dig: took(60_000), plant: took(30_000) };
const start = (taskId: string): RunEventBody => {
  return { type: 'task:start', taskId, agentName: 'coder', description: '', attempt: 1 };
};
const end = (taskId: string): RunEventBody => {
  return {
    ...{ type: 'task:complete', taskId, agentName: 'coder', success: true },
    ...{ duration: 1, tokensUsed: 1, costUsd: 0, turns: 1 },
  };
};

describe('timeLeft', () => {
  it.each<[string, RunEventBody[], number, number | null]>([
    ['counts all of it at the beginning', [], 0, 90_000],
    ['takes off what a task has worked', [start('dig')], 20_000, 70_000],
    ['leaves out what has ended', [start('dig'), end('dig')], 20_000, 30_000],
    ['does not guess how long it takes what takes longer than ever', [start('dig')], 61_000, null],
    [
      'does not guess how long people take',
      [start('dig'), { type: 'run:waiting', cause: 'approval', detail: '' }],
      1,
      null,
    ],
    ['has nothing to say at the end', [start('dig'), end('dig'), start('plant'), end('plant')], 9_000, null],
  ])('%s', (_, events, atMs, expected) => {
    const state = stateAfter(...events);
    expect(timeLeft(line, history, { state, now: began + atMs })).toBe(expected);
  });

  it('knows nothing of a task that never ran', () => {
    expect(timeLeft(line, { dig: took(1000) }, { state: stateAfter(), now: began })).toBeNull();
  });
});
