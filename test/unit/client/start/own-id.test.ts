import { expect, it } from 'vitest';
import { newOwnId, ownBoard } from '../../../../src/client/start/own-id.ts';

it.each([
  ['acme', null, 'acme@x'],
  ['default', null, 'x'],
  // The terminal starts what is nobody else's, and for others what goes on from theirs.
  [null, null, 'x'],
  [null, 'acme@earlier', 'acme@x'],
  [null, 'earlier', 'x'],
  ['acme', 'acme@earlier', 'acme@x'],
])('calls a run that %s starts from %s %s', (tenant, from, id) => {
  expect(newOwnId({ tenant }, 'x', from)).toBe(id);
});

it('keeps a run to the boards of its tenant, and says the same of every other', () => {
  expect(ownBoard(undefined, 'acme@x')).toBeUndefined();
  expect(ownBoard('plans', 'acme@x')).toBe('acme@plans');
  expect(ownBoard('acme@plans', 'acme@x')).toBe('acme@plans');
  expect(ownBoard('plans', 'x')).toBe('plans');
  for (const [board, run] of [
    ['zeta@plans', 'acme@x'],
    ['default@plans', 'acme@x'],
    ['acme@plans', 'x'],
  ] as const)
    expect(() => ownBoard(board, run)).toThrow(/cannot be a board of this run/);
});
