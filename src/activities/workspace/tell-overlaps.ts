/*
 * V1 Tasks that say which files they write (`files_scope`) are kept apart before they begin; the others are looked at whenever one of them
 *    has changed something: git itself says whether both can be merged.
 * V2 Both agents, and whoever follows the run, hear of each file once.
 * V3 What is decided holds for the task that comes later in the plan: the other one has been at it for longer, or is to be done first.
 */
import type { OverlapPolicy } from '../../domain/coding/isolation.ts';
import { planTaskId } from '../../domain/ids/worker-id.ts';
import { fingerprint } from '../../domain/fingerprint.ts';
import { appendNew } from '../../store/run/events.ts';
import { listWorktrees, type WorktreeRow } from '../../store/worktrees/worktree-rows.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { placeOfRow, type WorkspaceDependencies } from './task-place.ts';
import { tellAgent } from './tell-agent.ts';

const mostFiles = 20;

/** Looks at whether a task's files go together with those of the others at work, and tells where they do not. */
export async function tellOverlaps(dependencies: WorkspaceDependencies, run: FrozenRun, taskId: string): Promise<void> {
  const { store, worktrees } = dependencies;
  const rows = await listWorktrees(store.sql, run.no);
  const own = rows.find((row) => row.taskId === taskId);
  if (!own || own.filesScope.length > 0) return;
  const others = rows.filter((row) => isAtWork(row) && row.taskId !== taskId && row.repository === own.repository);
  if (others.length === 0) return;
  const { repository } = await placeOfRow(dependencies, run, own);
  const mine = new Set(await worktrees.changed(repository, own.start, own.head));
  for (const other of others) {
    // Most change other files, which costs less to see than a merge.
    const theirs = await worktrees.changed(repository, other.start, other.head);
    if (!theirs.some((file) => mine.has(file))) continue;
    const files = await worktrees.conflicts(repository, own.head, other.head);
    if (files.length > 0) await tell(dependencies, run, { pair: inOrder(run, own, other), files });
  }
}

function isAtWork({ status, filesScope, head, start }: WorktreeRow): boolean {
  return status === 'open' && filesScope.length === 0 && head !== start;
}

// V3
function inOrder({ plan }: FrozenRun, one: WorktreeRow, other: WorktreeRow): [first: WorktreeRow, later: WorktreeRow] {
  const order = new Map(plan.tasks.map(({ id }, index) => [id, index]));
  const rank = ({ taskId }: WorktreeRow): number => order.get(planTaskId(taskId)) ?? order.size;
  const isFirst = rank(one) < rank(other) || (rank(one) === rank(other) && one.taskId < other.taskId);
  return isFirst ? [one, other] : [other, one];
}

async function tell(
  { store }: WorkspaceDependencies,
  run: FrozenRun,
  { pair: [first, later], files }: { pair: [WorktreeRow, WorktreeRow]; files: string[] },
): Promise<void> {
  const decision = run.plan.isolation?.onOverlap ?? 'go_on';
  const shown = files.slice(0, mostFiles);
  const key = `overlap/${first.taskId}/${later.taskId}/${fingerprint(files.join('\n'))}`;
  const event = { type: 'lease:overlap', taskId: later.taskId, other: first.taskId, files: shown, decision } as const;
  await store.transaction(async (sql) => {
    const toFirst = { context: first.context, text: textFor(later, shown, 'go_on') };
    const toLater = { context: later.context, text: textFor(first, shown, decision) };
    const told = [
      await tellAgent(sql, run, { ...toFirst, key: `${key}/first` }),
      await tellAgent(sql, run, { ...toLater, key: `${key}/later` }),
    ];
    await appendNew(sql, run.no, [{ key, ...event }, ...told]);
  });
}

const words: Readonly<Record<OverlapPolicy, string>> = {
  go_on: 'Go on, and keep your change to these files small: both are merged when you are done.',
  wait: 'You wait until it is done; then go on, and expect that both are merged.',
  hand_over:
    'Leave these files to it: undo your change to them, and tell it with send_message what they have to become.',
};

function textFor({ taskId, context }: WorktreeRow, files: readonly string[], decision: OverlapPolicy): string {
  const who = taskId === context ? taskId : `${taskId} (${context})`;
  return `${who} has changed the same lines as you, each in a worktree of its own: ${files.join(', ')}. ${words[decision]}`;
}
