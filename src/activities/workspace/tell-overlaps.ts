/*
 * V2 Both agents, and whoever follows the run, hear of each file once.
 * V3 What is decided holds for the task that comes later in the plan.
 */
import { fingerprint } from '../../domain/fingerprint.ts';
import { appendNew } from '../../store/run/events.ts';
import { findWorktree, type WorktreeRow } from '../../store/worktrees/worktree-rows.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { comesBefore, findOverlaps, isAtWork, type Overlap } from './find-overlaps.ts';
import type { WorkspaceDependencies } from './task-place.ts';
import { tellAgent } from './tell-agent.ts';

/** How many files an overlap is told with at most. */
export const mostFiles = 20;

/** Looks at whether a task's files go together with those of the others at work, and tells where they do not. */
export async function tellOverlaps(dependencies: WorkspaceDependencies, run: FrozenRun, taskId: string): Promise<void> {
  const { sql } = dependencies.store;
  const own = await findWorktree(sql, run.no, taskId);
  if (!own) return;
  for (const overlap of await findOverlaps(dependencies, run, { sql, own, counts: isAtWork })) {
    await tell(dependencies, run, { own, overlap });
  }
}

// V3
async function tell(
  { store }: WorkspaceDependencies,
  run: FrozenRun,
  { own, overlap: { other, files } }: { own: WorktreeRow; overlap: Overlap },
): Promise<void> {
  const [first, later] = comesBefore(run, own, other) ? [own, other] : [other, own];
  const decision = run.plan.isolation?.onOverlap ?? 'go_on';
  const shown = files.slice(0, mostFiles);
  const key = `overlap/${first.taskId}/${later.taskId}/${fingerprint(files.join('\n'))}`;
  const event = { type: 'lease:overlap', taskId: later.taskId, other: first.taskId, files: shown, decision } as const;
  await store.transaction(async (sql) => {
    const words = wordsFor[decision];
    const toFirst = { context: first.context, text: textFor(later, shown, words.first), key: `${key}/first` };
    const toLater = { context: later.context, text: textFor(first, shown, words.later), key: `${key}/later` };
    const told = [await tellAgent(sql, run, toFirst), await tellAgent(sql, run, toLater)];
    await appendNew(sql, run.no, [{ key, ...event }, ...told]);
  });
}

const goOn = 'Go on, and keep your change to these files small: both are merged when you are done.';
const wordsFor = {
  go_on: { first: goOn, later: goOn },
  wait: {
    first: 'Go on: it stands still until you are done, and then brings both together.',
    later:
      'Before your next step you stand still until it is done; then its work is in your folder, merged with yours.',
  },
  hand_over: {
    first: 'Go on: it stands still until you are done. What it did is handed over to you by a message of its own.',
    later: 'Before your next step your change to them is handed over to it, and you stand still until it is done.',
  },
} as const;

function textFor({ taskId, context }: WorktreeRow, files: readonly string[], words: string): string {
  const who = taskId === context ? taskId : `${taskId} (${context})`;
  return `${who} has changed the same lines as you, each in a worktree of its own: ${files.join(', ')}. ${words}`;
}
