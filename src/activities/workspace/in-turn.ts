/*
 * Who works in a worktree holds its task in a transaction, for as long as git takes: to copy `node_modules` may take minutes. A worker has few
 * connections, for everything that it does. So few work in worktrees at once, on a disk that is no quicker for more; the others wait here,
 * without a connection.
 */
const mostAtOnce = 3;

let working = 0;
const waiting: (() => void)[] = [];

/** Does work in worktrees of this process when its turn comes, first come, first served. Not to be called from within. */
export async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (working < mostAtOnce) working++;
  else await new Promise<void>((begin) => waiting.push(begin));
  try {
    return await work();
  } finally {
    // Whoever begins now takes the place of who ends.
    const next = waiting.shift();
    if (next) next();
    else working--;
  }
}
