import { describe, expect, it } from 'vitest';
import { countAll } from '../../../../src/domain/run/for-each-groups.ts';
import type { RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { stateAfter } from '../../../support/run/event-stream.ts';

const added = (...ids: string[]): RunEventBody[] =>
  ids.map((taskId) => ({ type: 'task:added', taskId, phase: null, agentName: 'coder', context: taskId }));
const start = (taskId: string): RunEventBody => {
  return { type: 'task:start', taskId, agentName: 'coder', description: '', attempt: 1 };
};
const wide = (group: string, width: number): RunEventBody => ({ type: 'task:expanded', group, width });
const planned: RunEventBody[] = [{ type: 'workflow:start', taskCount: 2, name: 'demo' }, ...added('look', 'fan')];

describe('countAll', () => {
  it.each<[string, RunEventBody[], number]>([
    ['counts a for_each as one until its width is known', planned, 2],
    ['counts its items before the first begins', [...planned, wide('fan', 6)], 7],
    ['counts them once while they begin', [...planned, wide('fan', 6), start('fan[0]'), start('fan[4]')], 7],
    ['counts an empty one as itself', [...planned, wide('fan', 0)], 2],
    [
      'counts each iteration by itself',
      [...planned, wide('fan', 2), start('fan[0]'), start('fan[1]'), wide('fan#2', 3)],
      6,
    ],
    ['counts what is added', [...planned, ...added('more', 'most')], 4],
    ['knows nothing of what was not told yet', [{ type: 'workflow:start', taskCount: 9, name: 'demo' }], 9],
  ])('%s', (_, events, all) => {
    expect(countAll(stateAfter(...events))).toBe(all);
  });
});
