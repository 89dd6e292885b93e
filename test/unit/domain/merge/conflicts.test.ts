import pc from 'picocolors';
import { expect, it } from 'vitest';
import { branchLines, openBranchLines } from '../../../../src/cli/show/branch-lines.ts';
import { checkAnswer } from '../../../../src/client/control/decide.ts';
import { type CodingEvent, noCoding, reduceCoding } from '../../../../src/domain/coding/coding-state.ts';
import { isLeft } from '../../../../src/domain/merge/conflict-answer.ts';
import { supersededOf } from '../../../../src/domain/merge/superseded.ts';

type ConflictEvent = Extract<CodingEvent, { type: 'merge:conflict' }>;

it('a conflict that went back is one with what came of it', () => {
  expect([...supersededOf(['note', 'conf', 'note-merge-2', 'note-merge-1', 'other-merge-1'])]).toEqual([
    'note',
    'note-merge-1',
  ]);
  expect([...supersededOf(['a[1]', 'b'])]).toEqual([]);
  const end = { branch: 'b', into: 'main', reason: 'why', status: 'conflict' as const };
  const branches = { note: end, 'note-merge-1': end, conf: end, in: { ...end, status: 'merged' as const } };
  const colors = pc.createColors(false);
  expect(branchLines({ runId: 'r', branches }, colors).filter((line) => line.startsWith('!'))).toEqual([
    '! the branch of note-merge-1 is not merged, conflict: why',
    '! the branch of conf is not merged, conflict: why',
  ]);
  const conflict = (taskId: string): ConflictEvent => ({
    ...{ type: 'merge:conflict', taskId, branch: 'b', into: 'main', files: ['x'], attempt: 1, to: 'person' },
    at: '2026-01-01T00:00:00.000Z',
  });
  const state = reduceCoding(reduceCoding(noCoding, conflict('note')), conflict('note-merge-1'));
  expect(openBranchLines({ coding: state, tasks: new Map() }, colors)[1]).toBe('1 branch: 1 conflict');
  const begun = { type: 'worktree:created', taskId: 'nope', attempt: 1, branch: 'b', base: 'c', at: '' } as const;
  const tasks = new Map([['nope', { status: 'failed' }]]);
  expect(openBranchLines({ coding: reduceCoding(state, begun), tasks }, colors)[1]).toBe('1 branch: 1 conflict');
  const unsettled = reduceCoding(noCoding, { ...conflict('note'), isUnsettled: true }).branches['note']!.reason;
  expect(unsettled).toBe('conflict markers in x: take them out of b and commit that there, then merge it again');
});

it.each(['again', 'Again, please', 'leave it', 'skip'])('a conflict is answered with "%s"', (text) => {
  expect(() => checkAnswer('conflict/note~1', text)).not.toThrow();
});

it('what is no answer to a conflict is refused, and any is one to a question of an agent', () => {
  expect(() => checkAnswer('conflict/note~1', 'what?')).toThrow('"again" or "leave it"');
  expect(() => checkAnswer('blocker/note~1/1/t', 'what?')).not.toThrow();
  expect(isLeft('again')).toBe(false);
});
