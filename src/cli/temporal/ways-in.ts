import { createRun } from '../../client/create-run.ts';
import { runsPage } from '../../client/connection/web-pages.ts';
import { findRun } from '../../client/follow/find-run.ts';
import type { Stack } from '../../dev/stack.ts';
import { UnreachableError, UsageError } from '../../domain/errors.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';

/** `gaffer env`: shell code that has `temporal` reach the server that runs here. */
export async function env(context: CommandContext): Promise<number> {
  const { shell } = await temporalHere(context);
  context.terminal.out(shell ?? '# TEMPORAL_ADDRESS names a server of your own: `temporal` needs no more.\n');
  return exitCodes.succeeded;
}

/** `gaffer ui [RUN]`: an address of the Web UI that opens once; `save`: and keeps the list of runs among the browser's views. */
export async function ui(
  context: CommandContext,
  [runId]: string[],
  options: { json?: boolean; save?: boolean },
): Promise<number> {
  if (runId !== undefined && options.save) throw new UsageError('--save keeps the list of runs: leave the run out.');
  const address = runId === undefined ? await pageOfRuns(context, options.save) : await pageOf(context, runId);
  if (address === null) throw new UnreachableError('a Temporal server of your own runs here: open its own Web UI.');
  context.terminal.out(options.json ? toJson({ webUi: address }) : `${address}\n`);
  return exitCodes.succeeded;
}

async function pageOfRuns(context: CommandContext, isKept?: boolean): Promise<string | null> {
  const { webUi, target } = await temporalHere(context);
  return webUi?.(runsPage(target.namespace, isKept)) ?? null;
}

function pageOf(context: CommandContext, runId: string): Promise<string | null> {
  return withSession(context, { whenAbsent: 'fail' }, async (session) =>
    createRun(session, await findRun(session, runId)).webUrl(),
  );
}

async function temporalHere({ cwd, config }: CommandContext): Promise<Stack['temporal']> {
  const [{ findHome }, { findStack }] = await Promise.all([
    import('../../config/home.ts'),
    import('../../dev/stack.ts'),
  ]);
  const stack = await findStack(findHome({ cwd, env: config.environment }), config.environment);
  if (!stack) throw new UnreachableError('nothing runs here: `gaffer dev` starts Temporal, the database and a worker.');
  return stack.temporal;
}
