import { describe, expect, it } from 'vitest';
import { foldRun } from '../../../../src/domain/analysis/fold-run.ts';
import type { RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { emptyRunState, reduceRun } from '../../../../src/domain/run/run-state.ts';
import { fc } from '../../../support/base/properties.ts';
import { numbered, startedRun } from '../../../support/run/event-stream.ts';

const taskId = fc.constantFrom('a', 'b', 'items', 'items[0]', 'items[1]', 'items[2]#2', 'undo:a', 'help:1:b');
const body: fc.Arbitrary<RunEventBody> = taskId.chain((id) =>
  fc.constantFrom<RunEventBody>(
    { type: 'task:added', taskId: id, phase: null, agentName: 'coder', context: id },
    { type: 'task:start', taskId: id, agentName: 'coder', description: '', attempt: 1 },
    {
      type: 'agent:answer',
      taskId: id,
      agentName: 'coder',
      turn: 1,
      tokensUsed: 2,
      costUsd: 0.1,
      preview: 'p',
      calls: 0,
    },
    { type: 'tool:call', taskId: id, tool: 'bash', toolUseId: 'u', preview: 'ls' },
    { type: 'task:error', taskId: id, error: 'no', attempt: 1, willRetry: false },
    { type: 'task:waiting', taskId: id, cause: 'approval', detail: 'may it?' },
    { type: 'compensation:start', taskId: id, taskEnded: true, what: 'git restore' },
    { type: 'compensation:complete', taskId: id },
    { type: 'compensation:error', taskId: id, error: 'gone' },
    { type: 'task:expanded', group: 'items', width: 3 },
    { type: 'run:cancelled', reason: 'enough' },
    { type: 'workflow:results', status: 'failed', reason: 'why', tasks: { a: { status: 'failed' } } },
  ),
);

describe('many events folded at once', () => {
  it('add up to what they add up to one by one, however they are cut, and change no state from before', () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 40 }), fc.array(fc.nat(40), { maxLength: 4 }), (bodies, cuts) => {
        const events = numbered(...startedRun(['a', 'b', 'items']), ...bodies);
        const places = [0, ...cuts.toSorted((one, other) => one - other), events.length];
        let state = emptyRunState;
        for (const [index, place] of places.entries()) {
          const before = structuredClone(state);
          // What overlaps counts once.
          const next = foldRun(state, events.slice(Math.max(0, place - 3), places[index + 1]));
          expect(state).toEqual(before);
          state = next;
        }
        expect(state).toEqual(events.reduce(reduceRun, emptyRunState));
        expect(state.tasks.constructor).toBe(Map);
      }),
    );
  });

  it('leave everything that they are not about as the same object', () => {
    const before = foldRun(emptyRunState, numbered(...startedRun(['a', 'b'])));
    const seq = before.lastSeq + 1;
    const at = '2026-11-21T11:00:00.000Z';
    expect(foldRun(before, [{ type: 'run:log', text: 'old', seq: 1, at }])).toBe(before);
    const logged = foldRun(before, [{ type: 'run:log', text: 'new', seq, at }]);
    expect(logged.tasks).toBe(before.tasks);
    const called = foldRun(before, [
      { type: 'tool:call', taskId: 'a', tool: 'bash', toolUseId: 'u', preview: 'ls', seq, at },
    ]);
    expect(called.tasks.get('a')).not.toBe(before.tasks.get('a'));
    expect(called.tasks.get('b')).toBe(before.tasks.get('b'));
    expect(called.compensations).toBe(before.compensations);
  });
});
