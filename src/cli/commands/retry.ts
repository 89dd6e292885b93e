import { checkRetry, goesOn, prepareRetry, retryInPlace } from '../../client/start/from-run.ts';
import type { Session } from '../../client/connection/session.ts';
import type { DerivedRun } from '../../client/start/from-run.ts';
import { asCalled } from '../base/called-as.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { whoIs } from '../options/who.ts';
import { askRun } from '../work/live-run.ts';
import { startFromRun, type FromRunOptions } from '../work/start-from-run.ts';

interface RetryOptions extends FromRunOptions {
  from?: string;
}

/** Models are asked as the project file says. */
export const asksModels = true;

/**
 * `gaffer retry RUN [TASK]`: does failed tasks, or the named one, anew with the same input.
 *
 * In place while the run is open, else as a new run that takes over everything else.
 */
export async function execute(
  context: CommandContext,
  [runId, task]: string[],
  options: RetryOptions,
): Promise<number> {
  const wanted = { ...options, ...(task !== undefined && { task }) };
  checkRetry(wanted);
  return startFromRun(context, runId!, options, async (session, row) => {
    if (!(await goesOn(session, row))) return prepareRetry(session, row, wanted);
    await inPlace(context, session, row, wanted);
    return null;
  });
}

function inPlace(
  context: CommandContext,
  session: Session,
  row: DerivedRun['row'],
  options: RetryOptions & { task?: string },
): Promise<void> {
  return askRun(context, session, row, async (run) => {
    const redone = await retryInPlace(session, row, { ...options, by: whoIs(context, options.by) });
    const { terminal } = context;
    const { hold } = await run.state();
    const rest =
      hold?.state === 'paused' || hold?.state === 'pausing'
        ? `, once \`gaffer resume ${row.runId}\` lets it go on`
        : '';
    if (options.json) terminal.out(toJson({ runId: row.runId, inPlace: true, tasks: redone }));
    else terminal.out(asCalled(`${row.runId}: does ${redone.join(', ')} anew${rest}\n`));
  });
}
