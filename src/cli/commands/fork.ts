import { resolve } from 'node:path';
import type { Lineage } from '../../contracts/orchestrate-input.ts';
import type { CheckpointRow } from '../../store/run/checkpoints.ts';
import type { CommandContext } from '../base/context.ts';
import { UsageError } from '../../domain/errors.ts';
import { forkPoint, lineageOf } from '../lineage.ts';
import { editPlan } from '../../client/start/plan-edits.ts';
import { startFromRun, type FromRunOptions } from '../work/start-from-run.ts';
import { planWorktrees } from '../../client/start/worktrees.ts';
import { movedTo } from '../../domain/plan/workspace.ts';

interface ForkOptions extends FromRunOptions {
  from?: string;
  set?: string[];
  workspace?: string;
  /** The folder, or true: one beside the repository. */
  worktree?: string | true;
}

/** `gaffer fork RUN --from CHECKPOINT|TASK --set …`: a new run that reuses what is unchanged and pays only for the rest. */
export async function execute(context: CommandContext, [runId]: string[], options: ForkOptions): Promise<number> {
  const edits = options.set ?? [];
  const { from, workspace } = options;
  if (from === undefined && edits.length === 0) {
    throw new UsageError('say where to fork (--from CHECKPOINT|TASK), what to change (--set …), or both.');
  }
  if (options.worktree !== undefined && workspace !== undefined) {
    throw new UsageError('--worktree makes the folder that the new run works in: leave --workspace out.');
  }
  return startFromRun(context, runId!, { ...options, asks: true }, async ({ store, row, plan, newId }) => {
    const lineage = from === undefined ? lineageOf('fork', row) : await forkPoint(store, row, { plan, from });
    const edited = await editPlan(plan, edits, context.cwd);
    if (workspace !== undefined) {
      return { plan: movedTo(edited, resolve(context.cwd, workspace)), lineage };
    }
    const points = await store.runs.checkpoints(row.runKey);
    const point = points.find(({ name }) => name === lineage.from);
    const files = point && keepsFiles(point) ? point : undefined;
    if (options.worktree !== undefined) {
      const folder = options.worktree === true ? null : resolve(context.cwd, options.worktree);
      const source = files ?? noSnapshot(row.runId, lineage, points);
      const { plan: moved, folders, worktree } = await planWorktrees(edited, source, { folder, runId: newId });
      context.terminal.err(`The new run works in a git worktree of the checkpoint's files: ${folders.join(', ')}\n`);
      return { plan: moved, lineage, worktree };
    }
    if (files) context.terminal.err(`${workspaceNote}\n`);
    return { plan: edited, lineage };
  });
}

const workspaceNote =
  'The new run works in the folder as it stands now. `--worktree` gives it the files as they were at the checkpoint, in a folder of its own.';

function keepsFiles({ snapshot, snapshots }: CheckpointRow): boolean {
  return snapshot !== null || Object.keys(snapshots).length > 0;
}

/** Says why there are no files to start from, and which points have some. @throws UsageError */
function noSnapshot(runId: string, { from }: Lineage, points: readonly CheckpointRow[]): never {
  const kept = points.filter(keepsFiles).map(({ name }) => name);
  const why = from === null ? 'no checkpoint is named' : `"${from}" keeps no files`;
  const wayOut =
    kept.length > 0
      ? `name one of these with --from: ${kept.slice(-12).join(', ')}`
      : 'files are kept only of a workspace in a git repository, where there is a sandbox';
  throw new UsageError(`--worktree: ${why}; ${wayOut}. \`gaffer checkpoints ${runId}\` lists the checkpoints.`);
}
