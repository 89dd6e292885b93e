import { runDiff, type BranchDiff } from '../../client/merge/run-branches.ts';
import { plural } from '../../domain/format.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import type { Colors } from '../base/terminal.ts';
import { reading } from '../base/with-session.ts';
import { table, type Cell, type Column } from '../show/table.ts';

interface DiffOptions {
  json?: boolean;
  stat?: boolean;
}

/** `gaffer diff RUN [TASK]`: what tasks changed on branches of their own. */
export function execute(context: CommandContext, [run, task]: string[], options: DiffOptions): Promise<number> {
  return reading(context, async (session) => {
    const diff = await runDiff(session, run!, task);
    const { terminal } = context;
    if (options.json) return terminal.out(toJson(diff));
    const view = { colors: terminal.outColors, columns: terminal.outColumns(), stat: options.stat === true };
    const lines = diff.tasks.flatMap((each) => linesOf(each, view));
    terminal.out(`${lines.join('\n')}\n`);
  });
}

function linesOf(
  diff: BranchDiff,
  { colors, columns, stat }: { colors: Colors; columns: number; stat: boolean },
): string[] {
  const { task, branch, status, files, patch, isShortened, whyNone } = diff;
  const head = colors.bold(`${safeLine(task)} · ${safeLine(branch)} · ${status} · ${plural(files.length, 'file')}`);
  if (whyNone !== null) return [head, `  ${safeLine(whyNone)}`];
  const body = stat ? statLines(files, { columns, colors }) : patchLines(patch, colors);
  return [head, ...body, ...(isShortened ? [colors.dim('(more is not shown)')] : [])];
}

const statColumns: readonly Column[] = [
  { title: '', flexible: 16, isId: true },
  { title: '', align: 'right' },
  { title: '', align: 'right' },
];

function statLines(files: BranchDiff['files'], { columns, colors }: { columns: number; colors: Colors }): string[] {
  const rows = files.map(({ path, added, removed }): Cell[] => [
    path,
    added === null ? 'binary' : { text: `+${added}`, paint: colors.green },
    added === null ? '' : { text: `-${removed ?? 0}`, paint: colors.red },
  ]);
  const lines = table(statColumns, rows, { columns: columns - 2, paintTitle: colors.dim });
  return lines.map((line) => `  ${line}`);
}

// Whatever the files hold, a terminal obeys nothing of it.
function patchLines(patch: string, colors: Colors): string[] {
  const lines = safeText(patch).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => {
    if (/^(diff |index |--- |\+\+\+ |new file |deleted file |old mode |new mode )/.test(line)) return colors.bold(line);
    if (line.startsWith('@@')) return colors.cyan(line);
    if (line.startsWith('+')) return colors.green(line);
    return line.startsWith('-') ? colors.red(line) : line;
  });
}
