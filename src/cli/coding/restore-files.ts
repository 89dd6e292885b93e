import { findRun } from '../../client/follow/find-run.ts';
import { restoreTask } from '../../client/worktrees/restore-task.ts';
import { UsageError } from '../../domain/errors.ts';
import { plural } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';

/** `gaffer restore RUN TASK[@N]`: gives back the files of a task as a snapshot has them. */
export function restoreFiles(
  context: CommandContext,
  [runId, word]: [string, string],
  { json = false }: { json?: boolean },
): Promise<number> {
  const { terminal } = context;
  const { task, snapshot } = parseTask(word);
  return withSession(context, { whenAbsent: 'read', needsHome: true }, async (session) => {
    const row = await findRun(session, runId);
    const restored = await restoreTask(session, row, { task, snapshot, by: 'person' });
    if (json) terminal.out(toJson(restored));
    else {
      const { folder, files, before } = restored;
      const from = restored.snapshot === 0 ? 'as it began' : `as snapshot ${restored.snapshot} has it`;
      const what =
        files === null ? ', made anew' : files === 0 ? ', as it was already' : `: ${plural(files, 'file')} put back`;
      terminal.out(`${safeLine(`${folder} is ${from}${what}`)}\n`);
      if (files !== 0 && before !== null)
        terminal.err(
          `What stood there before comes back with \`gaffer restore ${safeLine(`${row.runId} ${task}@${before}`)}\`.\n`,
        );
    }
    return exitCodes.succeeded;
  });
}

function parseTask(word: string): { task: string; snapshot: number | null } {
  const [, task, number] = /^(.*?)(?:@(\d{1,9}))?$/.exec(word) ?? [];
  if (!task)
    throw new UsageError(`"${safeLine(word)}" names no task: write TASK, or TASK@N with the number of a snapshot.`);
  return { task, snapshot: number === undefined ? null : Number(number) };
}
