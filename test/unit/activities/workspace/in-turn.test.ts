import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { expect, it } from 'vitest';
import { inTurn } from '../../../../src/activities/workspace/in-turn.ts';

/** A step that comes in turn: it can be told to end, and its work is over when the test says so. */
function step() {
  let cancel = (_error: Error): void => undefined;
  let finish = (): void => undefined;
  const cancelled = new Promise<never>((_, reject) => (cancel = reject));
  cancelled.catch(() => undefined);
  const over = new Promise<void>((resolve) => (finish = resolve));
  let isAtWork = false;
  const work = (): Promise<void> => {
    isAtWork = true;
    return over;
  };
  const done = asyncLocalStorage.run({ cancelled } as unknown as Context, () => inTurn(work));
  done.catch(() => undefined);
  return {
    done,
    cancel: () => cancel(new CancelledFailure('CANCELLED')),
    finish: () => finish(),
    isAtWork: () => isAtWork,
  };
}

it('lets three steps work at once, and those that wait and are cancelled take nobody’s turn', async () => {
  const [first, second, third, gone, next] = Array.from({ length: 5 }, step);
  expect([first, second, third, gone, next].map((each) => each!.isAtWork())).toEqual([true, true, true, false, false]);
  gone!.cancel();
  await expect(gone!.done).rejects.toThrow(CancelledFailure);
  first!.finish();
  await first!.done;
  await expect.poll(() => next!.isAtWork()).toBe(true);
  expect(gone!.isAtWork()).toBe(false);
  for (const each of [second, third, next]) each!.finish();
  await Promise.all([second!.done, third!.done, next!.done]);
  // All places are free again.
  const later = Array.from({ length: 3 }, step);
  expect(later.map((each) => each.isAtWork())).toEqual([true, true, true]);
  for (const each of later) each.finish();
  await Promise.all(later.map((each) => each.done));
});
