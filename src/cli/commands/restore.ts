import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { sayTo, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { shellWord } from '../../domain/shell-word.ts';
import { safeText } from '../../domain/safe-text.ts';

/**
 * `gaffer restore FILE`: brings the data of an archive back into a project that has none. `gaffer restore RUN TASK[@N]`: the files of a task
 * as a snapshot of them has them.
 */
export async function execute(
  context: CommandContext,
  [name, task]: string[],
  options: { json?: boolean },
): Promise<number> {
  if (task === undefined) return restoreArchive(context, name!);
  const { restoreFiles } = await import('../coding/restore-files.ts');
  return restoreFiles(context, [name!, task], options);
}

async function restoreArchive(context: CommandContext, name: string): Promise<number> {
  const { cwd, config, terminal } = context;
  const file = resolve(cwd, name);
  if (!existsSync(file)) {
    const run = `gaffer restore ${shellWord(name)} TASK`;
    throw new UsageError(
      `there is no file ${file}. Files of a run's task: \`${run}\` (\`gaffer worktrees\` lists them).`,
    );
  }
  if (statSync(file).isDirectory()) throw new UsageError(`${file} is a folder: name the archive.`);
  const [{ findHome }, { restore }] = await Promise.all([
    import('../../config/home.ts'),
    import('../../dev/backup.ts'),
  ]);
  const home = findHome({ cwd, env: config.environment });
  const { at } = await restore(home, file, sayTo(context));
  // Whoever made the archive wrote that.
  terminal.out(safeText(`restored ${home.path} as it was at ${at}\n`));
  terminal.err('`gaffer runs` shows the runs; `gaffer watch RUN` goes on with one that had not ended.\n');
  return exitCodes.succeeded;
}
