import { findRun } from '../../client/follow/find-run.ts';
import { listWorktreeEntries, pruneWorktrees, type WorktreeEntry } from '../../client/worktrees/list-worktrees.ts';
import { plural } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { displayWidth } from '../base/display-width.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';
import { table, type Cell, type Column } from '../show/table.ts';

const columns: readonly Column[] = [
  { title: 'Run', flexible: 12, isId: true },
  { title: 'Task', flexible: 12, isId: true },
  { title: 'Status' },
  { title: 'Snapshots', align: 'right', drop: 1 },
];
const folderColumn: Column = { title: 'Folder' };

/** `gaffer worktrees [RUN] [--prune]`: where tasks work that have a worktree of their own, and what of it may go. */
export function execute(
  context: CommandContext,
  [runId]: string[],
  options: { json?: boolean; prune?: boolean },
): Promise<number> {
  const { terminal } = context;
  return withSession(context, { whenAbsent: 'read', needsHome: true }, async (session) => {
    const row = runId === undefined ? undefined : await findRun(session, runId);
    const removed = options.prune ? await pruneWorktrees(session, row?.runKey) : [];
    const worktrees = await listWorktreeEntries(session, row?.runKey);
    if (options.json) {
      terminal.out(toJson({ worktrees, removed }));
      return exitCodes.succeeded;
    }
    for (const { run, task, kept } of removed) {
      const rest = kept === null ? '' : `; its work is kept as ${kept}`;
      terminal.out(`${safeLine(`removed the worktree of ${task} of ${run}${rest}`)}\n`);
    }
    print(context, worktrees);
    return exitCodes.succeeded;
  });
}

function print({ terminal }: CommandContext, worktrees: readonly WorktreeEntry[]): void {
  if (worktrees.length === 0) return terminal.err('No task has a worktree of its own.\n');
  const room = terminal.outColumns();
  // The files as they began are one, too: number 0.
  const rows = worktrees.map((one): Cell[] => [one.run, one.task, one.status, String(one.snapshots + 1)]);
  const folders = worktrees.map((one) => (one.isHere ? one.folder : `${one.folder} on ${one.host}`));
  const paintTitle = terminal.outColors.dim;
  const whole = rows.map((row, index) => [...row, folders[index]!]);
  const wide = table([...columns, folderColumn], whole, { columns: Infinity, paintTitle });
  // A path that is cut leads nowhere: where it has no room beside the others, it stands below them.
  const isWide = wide.every((line) => displayWidth(line) <= room);
  const [title, ...lines] = isWide ? wide : table(columns, rows, { columns: room, paintTitle });
  const below = (index: number): string[] => (isWide ? [] : [`  ${paintTitle(safeLine(folders[index]!))}`]);
  const all = [title, ...lines.flatMap((line, index) => [line, ...below(index)])];
  terminal.out(`${all.join('\n')}\n`);
  const done = worktrees.filter(({ status, isHere }) => status === 'done' && isHere).length;
  if (done > 0)
    terminal.err(
      `${plural(done, 'worktree')} with work that is merged nowhere: \`gaffer merge RUN\` brings it in; \`gaffer worktrees --prune\` removes them and keeps the work as refs.\n`,
    );
}
