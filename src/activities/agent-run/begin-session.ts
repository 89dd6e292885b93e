/*
 * What a session finds that is begun a second time, after a death:
 * B1 The first one of an attempt: the attempt's start, and an empty home.
 * B2 A later one: the files and the home that stood when it began. So its program remembers what it did, and nothing of what was undone; what
 *    it then asks is what it asked before, and the gateway has the answers.
 * B3 Where files are shared with others nothing can be put back: the program's memory stays, too, and says what it has done.
 */
import type { RunAgentInput } from '../../contracts/agent-run.ts';
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import { findHeld } from '../../store/worktrees/worktree-rows.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { keepSnapshot } from '../workspace/keep-snapshot.ts';
import { putBack } from '../workspace/put-back.ts';

/** Has a session find what it found when it began first; `isResumed`: it has, and nobody knows how far it came. */
export async function standAsBegun(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  input: RunAgentInput,
  isResumed: boolean,
): Promise<void> {
  const { homes } = dependencies.runners;
  await homes.open(input);
  if (typeof input.from?.sessionId !== 'string') {
    if (isResumed) await standAsAttemptBegan(dependencies, run, input);
    return;
  }
  const commit = await beginningOf(dependencies, run, input);
  if (!isResumed || commit === null) return; // B3
  await putBack(dependencies, run, { ...input, to: commit });
  await homes.putBack(input);
}

/** Gives an attempt that has files of its own these and its home as it began with them (B1, B3). */
export async function standAsAttemptBegan(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  input: RunAgentInput,
): Promise<void> {
  if (!(await findHeld(dependencies.store.sql, run.no, input))) return;
  await putBack(dependencies, run, input);
  await dependencies.runners.homes.drop(input);
  await dependencies.runners.homes.open(input);
}

// B2. The home is kept before the word of it is written, and nothing of the session runs before that: whoever finds no word has lost nothing.
async function beginningOf(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  input: RunAgentInput,
): Promise<string | null> {
  const { store, runners } = dependencies;
  const key = `began/${toAttemptId(input.taskId, input.attempt)}/${input.epoch}/${input.session}`;
  const known = (await store.journal.results(run.no, [key])).get(key);
  if (known) return typeof known['commit'] === 'string' ? known['commit'] : null;
  await keepSnapshot(dependencies, run, input);
  const row = await findHeld(store.sql, run.no, input);
  if (row) await runners.homes.keep(input);
  await store.journal.once(run.no, key, async () => ({ commit: row?.head ?? null }));
  return row?.head ?? null;
}
