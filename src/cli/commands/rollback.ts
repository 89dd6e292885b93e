import { rollbackRun } from '../../client/control/rollback.ts';
import type { Rollback } from '../../client/runs.ts';
import { plural } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';

/** `gaffer rollback RUN`: undoes what a run did that Temporal's terminate ended, or that ended without undoing. */
export function execute(context: CommandContext, [runId]: string[], options: { json?: boolean; yes?: boolean }) {
  return withSession(context, { whenAbsent: 'start', needsHome: true, yes: options.yes }, async (session) => {
    const { result: _result, ...done } = await rollbackRun(session, runId!);
    return report(context, options, done);
  });
}

function report({ terminal }: CommandContext, { json }: { json?: boolean }, done: Omit<Rollback, 'result'>): number {
  const { runId, undone, left } = done;
  const lines = [
    undone.length + left.length === 0
      ? `${runId}: there is nothing to undo`
      : `${runId}: ${undone.length} of ${plural(undone.length + left.length, 'task')} undone`,
    ...undone.map((task) => `↶ ${safeLine(task)} undone`),
    ...left.map(({ task, error }) => `✗ ${safeLine(task)} could not be undone${error ? `: ${safeLine(error)}` : ''}`),
  ];
  terminal.out(json ? toJson(done) : `${lines.join('\n')}\n`);
  return left.length > 0 ? exitCodes.failed : exitCodes.succeeded;
}
