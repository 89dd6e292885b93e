import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { snapshotPrefix, snapshotRef } from '../../../../src/domain/run/snapshot-ref.ts';
import { keptRef, startRef, taskBranch, taskRefPart, taskSnapshotRef } from '../../../../src/domain/worktrees/refs.ts';

const ids = [
  ...[
    'build',
    'Build',
    'BUILD',
    'build[0]',
    'build-0',
    'build[0]#2',
    'a.lock',
    'a..b',
    '.a',
    'a.',
    'a b',
    'é',
    'e\u0301',
  ],
  ...['start', 'tasks-1', 'phase-one', '@', '@{x', 'a/b', 'a-b', '-x', 'x'.repeat(300), `${'x'.repeat(300)}y`],
];

describe('names of refs', () => {
  it('are such as git takes, for whatever id', () => {
    for (const id of ids)
      for (const ref of [taskSnapshotRef('run', id, 1), `refs/heads/${taskBranch('run', id)}`, keptRef('run', id)])
        expect(() => execFileSync('git', ['check-ref-format', ref]), ref).not.toThrow();
    expect(() => execFileSync('git', ['check-ref-format', startRef('run', 'project-1')])).not.toThrow();
  });

  it('are different for different tasks, on a file system that knows no upper case, too', () => {
    expect(new Set(ids.map((id) => taskRefPart(id).toLowerCase())).size).toBe(ids.length);
  });

  it('stay what they are for plain ids, and never stand where a checkpoint does', () => {
    expect(taskSnapshotRef('nightly', 'build', 3)).toBe('refs/gaffer/nightly/build/3');
    expect(taskBranch('nightly', 'build')).toBe('gaffer/nightly/build');
    for (const checkpoint of ['start', 'tasks/1', 'phase/one'])
      for (const id of ids)
        expect(taskSnapshotRef('run', id, 1).startsWith(`${snapshotRef('run', checkpoint)}/`)).toBe(false);
  });

  it('keep what is kept out of reach of any run that is removed', () => {
    expect(keptRef('x', 'y').startsWith(snapshotPrefix('kept'))).toBe(false);
  });
});
