import type { CheckpointRow } from '../../store/run/checkpoints.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { findRun } from '../work/find-run.ts';
import { formatDate } from '../base/format.ts';
import { openForReading } from '../work/session.ts';
import { shellWord } from '../show/wait-lines.ts';
import { table, type Cell, type Column } from '../show/table.ts';

const columns: readonly Column[] = [
  { title: 'Checkpoint', flexible: 16 },
  { title: 'After', flexible: 12, drop: 2 },
  { title: 'Tasks', align: 'right' },
  { title: 'Saved', drop: 1 },
  { title: 'Workspace', drop: 3 },
];

/** `gaffer checkpoints RUN`: points to fork from. */
export async function execute(
  context: CommandContext,
  [runId]: string[],
  options: { json?: boolean },
): Promise<number> {
  const { terminal } = context;
  const session = await openForReading(context, sayTo(terminal));
  try {
    const row = await findRun(session.store, runId!);
    const points = await session.store.runs.checkpoints(row.runKey);
    if (options.json) {
      const shown = points.map(({ name, after, at, tasks, snapshot, snapshots }) => ({
        ...{ checkpoint: name, after, at, tasks, snapshot },
        ...(Object.keys(snapshots).length > 0 && { snapshots }),
      }));
      terminal.out(toJson(shown));
      return exitCodes.succeeded;
    }
    if (points.length === 0) {
      terminal.err(
        `No checkpoints yet: one is kept after every phase, and each finished task is one (\`--from TASK\`).\n`,
      );
      return exitCodes.succeeded;
    }
    const rows = points.map((point): Cell[] => [
      ...[point.name, point.after, String(point.tasks.length), formatDate(point.at), filesText(point)],
    ]);
    terminal.out(
      `${table(columns, rows, { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim }).join('\n')}\n`,
    );
    terminal.err(
      `\`gaffer fork ${shellWord(row.runId)} --from ${shellWord(points.at(-1)!.name)}\` goes on from there.\n`,
    );
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}

/** Commits of a checkpoint: the run's own, and how many more. */
function filesText({ snapshot, snapshots }: CheckpointRow): string {
  const more = new Set(Object.values(snapshots));
  if (snapshot !== null) more.delete(snapshot);
  const own = snapshot?.slice(0, 12) ?? '–';
  return more.size === 0 ? own : `${own} +${more.size}`;
}
