import { describe, expect, it } from 'vitest';
import { RunNotFoundError } from '../../../../src/client/errors.ts';
import type { RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { unknownRun, withState, type LiveRun } from '../../../../web/src/live/live-run.ts';
import { isBad, isWanted, taskOf, textOf } from '../../../../web/src/pages/run/events/event-words.ts';
import { heardOf, leftText, progressOf, shownStatus, titleOf } from '../../../../web/src/pages/run/run-words.ts';
import { numbered, startedRun, stateAfter } from '../../../support/run/event-stream.ts';

const standing = { status: 'running', stuck: null, cutOff: null, webUrl: null };
const after = (...bodies: RunEventBody[]): LiveRun =>
  withState(unknownRun('nightly'), stateAfter(...startedRun(['a', 'b', 'c']), ...bodies));

describe('what a page says of a run', () => {
  it('is what its events say, until Temporal knows better', () => {
    expect(shownStatus(unknownRun('nightly'))).toBe('queued');
    expect(shownStatus(after())).toBe('running');
    expect(shownStatus({ ...after(), standing: { ...standing, stuck: 'no worker' } })).toBe('stuck');
    const cutOff = { status: 'terminated', message: 'somebody ended it' };
    expect(shownStatus({ ...after(), standing: { ...standing, stuck: 'x', cutOff } })).toBe('terminated');
    expect(shownStatus({ ...after(), problem: new RunNotFoundError('nightly') })).toBe('removed');
    const over = after({ type: 'workflow:results', status: 'partial', reason: null, tasks: {} });
    expect(shownStatus({ ...over, standing: { ...standing, stuck: 'old news' } })).toBe('partial');
    // What waits for a person is not stuck.
    const paused = after({ type: 'run:paused', state: 'paused', by: 'ann', reason: '' });
    expect(shownStatus({ ...paused, standing: { ...standing, stuck: 'x' } })).toBe('paused');
  });

  it('puts what waits for somebody before the state, in the title and for those who hear it', () => {
    const asked = after({ type: 'task:waiting', taskId: 'a', cause: 'approval', detail: 'may it?' });
    expect([titleOf(after()), titleOf(asked)]).toEqual(['▶ running · demo', '● 1 waiting · demo']);
    expect(heardOf(asked)).toContain('1 thing for you');
    expect(heardOf(unknownRun('nightly'))).toBe('');
    const over = (status: 'succeeded' | 'cancelled') =>
      heardOf(after({ type: 'workflow:results', status, reason: null, tasks: {} }));
    expect([heardOf(after()), over('succeeded'), over('cancelled')]).toEqual([
      'nightly is running',
      'nightly succeeded',
      'nightly was cancelled',
    ]);
  });

  it('counts its tasks, and names those that failed', () => {
    const live = after(
      { type: 'task:error', taskId: 'b', error: 'no', attempt: 1, willRetry: false },
      { type: 'task:skipped', taskId: 'c', reason: 'b failed' },
    );
    const counts = { all: 3, done: 0, running: 1, waiting: 0, skipped: 1, cancelled: 0 };
    expect(progressOf(live.state)).toEqual({ ...counts, failed: ['b'] });
  });

  it('says how long it may still take only where that is known', () => {
    const usual = { p50: 60_000, p95: 90_000 };
    expect([leftText(20_000, usual), leftText(70_000, usual), leftText(91_000, usual)]).toEqual([40_000, null, 'late']);
    expect([leftText(1, null), leftText(1, { p50: 0, p95: 0 })]).toEqual([null, null]);
  });
});

describe('an event in a list', () => {
  const [told, failed, helped, later] = numbered(
    { type: 'run:log', text: 'one\u202etwo\nthree' },
    { type: 'task:error', taskId: 'build', error: 'no space left', attempt: 2, willRetry: true },
    { type: 'tool:call', taskId: 'undo:build', tool: 'bash', toolUseId: 'u', preview: 'git restore .' },
    { type: 'later:kind', note: 'x', deep: { n: 1 } } as unknown as RunEventBody,
  );

  it('is one line in which nothing is hidden, also of a kind that nobody knows yet', () => {
    expect(textOf(told!)).toBe('one\uFFFDtwo three');
    const resumed = numbered({ type: 'run:resumed', by: '' }, { type: 'run:resumed', by: 'ann' });
    expect(resumed.map(textOf)).toEqual(['goes on', 'goes on, resumed by ann']);
    expect(textOf(failed!)).toBe('no space left · is tried again');
    const held = {
      type: 'merge:waiting',
      taskId: 'a',
      branch: 'b',
      into: null,
      reason: 'none is checked out',
    } as const;
    expect(numbered(held).map(textOf)).toEqual(['cannot go into a branch now: none is checked out']);
    expect(textOf(later!)).toBe('note: x, deep: {"n":1}');
    const [byAnn, byItself] = numbered({ type: 'run:resumed', by: 'ann' }, { type: 'run:resumed', by: '' });
    expect([textOf(byAnn!), textOf(byItself!)]).toEqual(['goes on, resumed by ann', 'goes on']);
    expect([isBad(told!), isBad(failed!)]).toEqual([false, true]);
  });

  it('is found by its kind, its task, and its words', () => {
    const all = { groups: [], task: null, text: '' };
    const found = (filter: Partial<Parameters<typeof isWanted>[1]>) =>
      [told!, failed!, helped!, later!].filter((event) => isWanted(event, { ...all, ...filter }));
    expect(found({})).toHaveLength(4);
    expect(found({ groups: ['tools'] })).toEqual([helped]);
    expect(found({ groups: ['run'] })).toEqual([told, later]);
    // Who undoes a task works on that task.
    expect([taskOf(helped!), taskOf(told!)]).toEqual(['build', null]);
    expect(found({ task: 'build' })).toEqual([failed, helped]);
    expect(found({ text: 'restore' })).toEqual([helped]);
    expect(found({ text: 'task:error' })).toEqual([failed]);
  });
});
