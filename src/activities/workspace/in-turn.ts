/*
 * Who works in a worktree holds its task in a transaction, for as long as git takes: to copy `node_modules` may take minutes. A worker has few
 * connections, for everything that it does. So few work in worktrees at once, on a disk that is no quicker for more; the others wait here,
 * without a connection.
 */
import { Context } from '@temporalio/activity';

const mostAtOnce = 3;

let working = 0;
const waiting: (() => void)[] = [];

/**
 * Does work in worktrees of this process when its turn comes, first come, first served. Not to be called from within.
 *
 * @throws CancelledFailure when the step that it is of is told to end before that: whoever is not wanted any more takes nobody's turn
 */
export async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (working < mostAtOnce) working++;
  else await untilTurn();
  try {
    return await work();
  } finally {
    // Whoever begins now takes the place of who ends.
    const next = waiting.shift();
    if (next) next();
    else working--;
  }
}

async function untilTurn(): Promise<void> {
  const { cancelled } = Context.current();
  let begin = (): void => undefined;
  const turn = new Promise<void>((resolve) => waiting.push((begin = resolve)));
  await Promise.race([turn, cancelled]).catch((error: unknown) => {
    const place = waiting.indexOf(begin);
    if (place < 0) return; // Its turn has come in the same moment.
    waiting.splice(place, 1);
    throw error;
  });
}
