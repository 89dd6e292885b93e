import { runDiff, type BranchDiff } from '../../client/merge/run-branches.ts';
import { plural } from '../../domain/format.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import type { Colors } from '../base/terminal.ts';
import { reading } from '../base/with-session.ts';

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
    const lines = diff.tasks.flatMap((each) => linesOf(each, { colors: terminal.outColors, ...options }));
    terminal.out(`${lines.join('\n')}\n`);
  });
}

function linesOf(diff: BranchDiff, { colors, stat }: { colors: Colors; stat?: boolean }): string[] {
  const { task, branch, status, files, patch, isShortened, whyNone } = diff;
  const head = colors.bold(`${safeLine(task)} · ${safeLine(branch)} · ${status} · ${plural(files.length, 'file')}`);
  if (whyNone !== null) return [head, `  ${safeLine(whyNone)}`];
  const body = stat ? files.map((file) => statLine(file, colors)) : patchLines(patch, colors);
  return [head, ...body, ...(isShortened ? [colors.dim('(more is not shown)')] : [])];
}

function statLine({ path, added, removed }: BranchDiff['files'][number], colors: Colors): string {
  const change = added === null ? 'no text' : `${colors.green(`+${added}`)} ${colors.red(`-${removed ?? 0}`)}`;
  return `  ${safeLine(path)}  ${change}`;
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
