import { shellWord } from '../../domain/shell-word.ts';
import { findRun } from '../../client/follow/find-run.ts';
import { listCheckpoints } from '../../client/follow/read-run.ts';
import type { RunCheckpoint } from '../../client/run.ts';
import { formatDate } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { reading } from '../base/with-session.ts';
import { table, type Cell, type Column } from '../show/table.ts';

const columns: readonly Column[] = [
  { title: 'Checkpoint', flexible: 16, isId: true },
  { title: 'After', flexible: 12, isId: true, drop: 2 },
  { title: 'Tasks', align: 'right' },
  { title: 'Saved', drop: 1 },
  { title: 'Workspace', drop: 3 },
];

/** `gaffer checkpoints RUN`: points to fork from. */
export function execute(context: CommandContext, [runId]: string[], options: { json?: boolean }): Promise<number> {
  return reading(context, async (session) => {
    const { store } = session;
    const row = await findRun(session, runId!);
    const points = await listCheckpoints(store, row.runKey);
    print(context, row, { points, json: options.json === true });
  });
}

function print(
  { terminal }: CommandContext,
  { runId, workspace }: { runId: string; workspace: string },
  { points, json }: { points: RunCheckpoint[]; json: boolean },
): void {
  if (json) return terminal.out(toJson(points));
  if (points.length === 0) {
    return terminal.err(
      `No checkpoints: one is kept after every phase, and each finished task is one (\`--from TASK\`).\n`,
    );
  }
  const rows = points.map((point): Cell[] => [
    ...[point.checkpoint, point.after, String(point.tasks.length), formatDate(point.at), filesText(point)],
  ]);
  terminal.out(
    `${table(columns, rows, { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim }).join('\n')}\n`,
  );
  if (points.some((point) => filesText(point) === noFiles)) terminal.err(`${withoutFiles(workspace)}\n`);
  terminal.err(
    `\`gaffer fork ${shellWord(runId)} --from ${shellWord(points.at(-1)!.checkpoint)}\` goes on from there.\n`,
  );
}

const noFiles = '–';

function withoutFiles(workspace: string): string {
  return `Points with ${noFiles} keep no files: only those of a git repository are kept, where there is a sandbox, and nothing that git ignores. The workspace was ${safeLine(workspace)}.`;
}

/** Commits of a checkpoint: the run's own, and how many more. */
function filesText({ snapshot, snapshots = {} }: RunCheckpoint): string {
  const more = new Set(Object.values(snapshots));
  if (snapshot !== null) more.delete(snapshot);
  const own = snapshot?.slice(0, 12) ?? noFiles;
  return more.size === 0 ? own : `${own} +${more.size}`;
}
