import { resolve } from 'node:path';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../fail.ts';
import { forkPoint, lineageOf } from '../lineage.ts';
import { editPlan } from '../plan-edits.ts';
import { startFromRun, type FromRunOptions } from '../start-from-run.ts';

/** `gaffer fork RUN --from CHECKPOINT|TASK --set …`: a new run that reuses what is unchanged and pays only for the rest. */
export async function execute(
  context: CommandContext,
  [runId]: string[],
  options: FromRunOptions & { from?: string; set?: string[]; workspace?: string },
): Promise<number> {
  const edits = options.set ?? [];
  if (options.from === undefined && edits.length === 0) {
    throw new UsageError('say where to fork (--from CHECKPOINT|TASK), what to change (--set …), or both.');
  }
  return startFromRun(context, runId!, { ...options, asks: true }, async ({ store, row, plan }) => {
    const { from } = options;
    const lineage = from === undefined ? lineageOf('fork', row) : await forkPoint(store, row, { plan, from });
    const edited = await editPlan(plan, edits, context.cwd);
    if (options.workspace !== undefined) {
      return { plan: { ...edited, workspace: resolve(context.cwd, options.workspace) }, lineage };
    }
    const points = await store.runs.checkpoints(row.runKey);
    const snapshot = points.find(({ name }) => name === lineage.from)?.snapshot;
    if (snapshot) context.terminal.err(`${workspaceNote(row.workspace, snapshot)}\n`);
    return { plan: edited, lineage };
  });
}

// Git is not run here: agents could write to this repository's configuration.
function workspaceNote(workspace: string, snapshot: string): string {
  return [
    'The new run works in the folder as it stands now. To have it as it was at the checkpoint, give it a copy of its own:',
    `  git -C ${quoteForShell(workspace)} worktree add --detach ../NAME ${snapshot.slice(0, 12)}`,
    '  and fork with --workspace',
  ].join('\n');
}

function quoteForShell(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
