import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { sayTo, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSignals } from '../base/with-session.ts';
import { parseUsd } from '../options/run-options.ts';
import { lazyRuns } from './lazy-runs.ts';
import { createServer } from './server.ts';

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer mcp`: offers runs of this folder to a coding assistant, until it closes our standard input. Nothing but the protocol goes to standard output. */
export async function execute(
  context: CommandContext,
  _args: string[],
  options: { mayDecide?: boolean; maxUsd?: string },
): Promise<number> {
  if (process.stdin.isTTY)
    throw new UsageError(
      '`gaffer mcp` talks to a coding assistant, which starts it: name this command in its settings.',
    );
  const mostUsd = options.maxUsd === undefined ? 5 : parseUsd(options.maxUsd);
  return withSignals(context, async ({ signal }) => {
    const runs = lazyRuns(context);
    const rights = { mayDecide: options.mayDecide === true, mostUsd };
    const onerror = (error: Error): void => sayTo(context)(`gaffer mcp: ${inWords(error)}`);
    const served = serveStdio(() => createServer({ context, runs: runs.open, rights }), { onerror });
    await untilOver(signal);
    await served.close();
    await runs.close();
    return exitCodes.succeeded;
  });
}

// A message that is none is told of with everything that it could have been.
function inWords(error: Error): string {
  return error.name.endsWith('ZodError') ? 'passed over what is no message of the protocol' : safeLine(error.message);
}

function untilOver(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => resolve();
    process.stdin.once('end', over).once('close', over);
    signal.addEventListener('abort', over);
  });
}
