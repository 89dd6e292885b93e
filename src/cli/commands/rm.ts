import { hasEnded } from '../../domain/run-state.ts';
import { sayTo, type CommandContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../fail.ts';
import { findRun } from '../find-run.ts';
import { safeLine } from '../safe-text.ts';
import { openSession, orUnreachable } from '../session.ts';

/** `gaffer rm RUN`: removes a run that has ended: its rows, and what Temporal keeps of it. Its workspace is the user's. */
export async function execute(context: CommandContext, [runId]: string[]): Promise<number> {
  const session = await openSession(context, { say: sayTo(context.terminal), yes: false, whenAbsent: 'start' });
  try {
    const row = await findRun(session.store, runId!);
    if (!hasEnded(row.status)) {
      throw new UsageError(`run "${row.runId}" has not ended: \`gaffer cancel ${row.runId}\` stops it first.`);
    }
    const client = await session.connect(context.config.taskQueue);
    await orUnreachable(session.temporal, async () => (await client.find(row.runId)).remove());
    context.terminal.out(`removed ${row.runId}\n`);
    context.terminal.err(`Its workspace ${safeLine(row.workspace)} stays as it is.\n`);
    context.terminal.err('Temporal deletes its history within a minute; until then the id is taken.\n');
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}
