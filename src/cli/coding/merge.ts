import { mergeRun, type RunMerge } from '../../client/merge/merge-run.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';

interface MergeVerbOptions {
  json?: boolean;
  into?: string;
  yes?: boolean;
}

const signs = { merged: '✓', conflict: '!', rejected: '✗', waiting: '…' } as const;

/** `gaffer merge RUN [TASK]`: brings branches of a run into the branch that they are meant for, through its gates. */
export function execute(context: CommandContext, [run, task]: string[], options: MergeVerbOptions): Promise<number> {
  const { json, into, yes } = options;
  return withSession(context, { whenAbsent: 'start', needsHome: true, yes }, async (session) => {
    const asked = { ...(task !== undefined && { task }), ...(into !== undefined && { into }) };
    const done = await mergeRun(session, run!, asked);
    context.terminal.out(json ? toJson(done) : `${linesOf(done).join('\n')}\n`);
    const isAll = done.outcomes.every(({ status }) => status === 'merged');
    return isAll ? exitCodes.succeeded : exitCodes.failed;
  });
}

function linesOf({ runId, outcomes }: RunMerge): string[] {
  if (outcomes.length === 0) return [`${runId}: all of its branches are merged`];
  return outcomes.map(({ task, status, reason }) => {
    const why = reason === null ? '' : `: ${safeLine(reason)}`;
    return `${signs[status]} ${safeLine(task)} ${status}${why}`;
  });
}
