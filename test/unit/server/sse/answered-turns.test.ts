import { expect, it } from 'vitest';
import type { RunEvent } from '../../../../src/domain/run/run-events.ts';
import { AnsweredTurns } from '../../../../src/server/sse/answered-turns.ts';

it('lets no piece of a turn through whose answer was told, and counts anew with another attempt', () => {
  const turns = new AnsweredTurns();
  const told = (type: string, turn?: number): void => turns.told({ type, taskId: 'a', turn } as unknown as RunEvent);
  expect(turns.isOpen({ taskId: 'a', turn: 1 })).toBe(true);
  told('agent:answer', 1);
  expect([1, 2].map((turn) => turns.isOpen({ taskId: 'a', turn }))).toEqual([false, true]);
  expect(turns.isOpen({ taskId: 'b', turn: 1 })).toBe(true);
  told('agent:broken', 2);
  expect(turns.isOpen({ taskId: 'a', turn: 2 })).toBe(true);
  told('task:start');
  expect(turns.isOpen({ taskId: 'a', turn: 1 })).toBe(true);
});
