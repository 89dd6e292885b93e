import { expect, it } from 'vitest';
import { isolationOf } from '../../../../src/domain/worktrees/isolation-of.ts';

it.each([
  { what: 'nobody says anything', said: {}, is: 'shared' },
  { what: 'a program drives the agent', said: { agent: { runner: {} } }, is: 'worktree' },
  { what: 'the run says so', said: { agent: { runner: {} }, run: { isolate: 'shared' } }, is: 'shared' },
  { what: 'the phase does', said: { phase: { isolate: 'copy' }, run: { isolate: 'shared' } }, is: 'copy' },
  { what: 'the agent does', said: { agent: { isolate: 'worktree' }, phase: { isolate: 'copy' } }, is: 'worktree' },
  { what: 'the task does', said: { task: { isolate: 'shared' }, agent: { isolate: 'worktree' } }, is: 'shared' },
] as const)('a task works in $is where $what', ({ said, is }) => {
  const nobody = { task: undefined, agent: undefined, phase: undefined, run: undefined };
  expect(isolationOf({ ...nobody, ...said })).toBe(is);
});
