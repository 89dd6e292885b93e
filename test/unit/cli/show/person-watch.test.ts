import { describe, expect, it } from 'vitest';
import { PersonWatch, waitsForPerson } from '../../../../src/cli/show/person-watch.ts';
import type { RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { startedRun, stateAfter } from '../../../support/run/event-stream.ts';

const now = Date.parse('2026-11-21T10:00:00Z');
const approval = (deadline: string | null): RunEventBody[] => [
  {
    ...{ type: 'approval:requested', approvalId: 'a', taskId: 'plan', what: 'start', detail: '', by: [], needed: 1 },
    deadline,
  },
  { type: 'run:waiting', cause: 'approval', detail: 'start' },
];

describe('waitsForPerson', () => {
  it.each([
    ['has no deadline', null, true],
    ['decides itself soon', '2026-11-21T10:05:00Z', false],
    ['decides itself in days', '2026-11-24T10:00:00Z', true],
  ])('a run whose approval %s', (_, deadline, expected) => {
    expect(waitsForPerson(stateAfter(...startedRun(['plan']), ...approval(deadline)), now)).toBe(expected);
  });

  it('is false while somebody has paused it: whoever did is about to resume it', () => {
    const paused: RunEventBody = { type: 'run:paused', state: 'paused', by: 'ann', reason: '' };
    expect(waitsForPerson(stateAfter(...startedRun(['plan']), paused), now)).toBe(false);
    expect(waitsForPerson(stateAfter(...startedRun(['plan']), ...approval(null), paused), now)).toBe(false);
  });

  it('is false while something is at work', () => {
    expect(waitsForPerson(stateAfter(...startedRun(['plan'])), now)).toBe(false);
  });
});

describe('PersonWatch', () => {
  it('tells once the run has stood still', async () => {
    const watch = new PersonWatch({ settledMs: 1 });
    watch.look(stateAfter(...startedRun(['plan']), ...approval(null)));
    expect(await watch.needed).toBe('needed');
  });

  it('takes it back when the run goes on', async () => {
    const watch = new PersonWatch({ settledMs: 1 });
    const waiting = [...startedRun(['plan']), ...approval(null)];
    watch.look(stateAfter(...waiting));
    watch.look(stateAfter(...waiting, { type: 'run:resumed', by: 'ann' }));
    const first = await Promise.race([watch.needed, new Promise((resolve) => setTimeout(resolve, 20, 'nothing'))]);
    expect(first).toBe('nothing');
  });
});
