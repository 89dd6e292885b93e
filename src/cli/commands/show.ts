import { hasEnded } from '../../domain/run-state.ts';
import type { RunRow, Store } from '../../store/store.ts';
import { sayTo, toJson, type CommandContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { findRun, statusText } from '../find-run.ts';
import { plural } from '../format.ts';
import { replay } from '../replay.ts';
import { safeLine } from '../safe-text.ts';
import { openForReading, openSession } from '../session.ts';
import { stateLines, stateResult } from '../standing.ts';
import { arranged, summaryLines } from '../summary.ts';

/** `gaffer show RUN`: how a run stands or ended. */
export async function execute(
  context: CommandContext,
  [runId]: string[],
  options: { json?: boolean },
): Promise<number> {
  const { terminal, config } = context;
  const session = await openForReading(context, sayTo(terminal));
  try {
    const row = await findRun(session.store, runId!);
    const status = await statusText(row, { home: session.home, isEmbedded: config.databaseUrl === null });
    const standing = { row, state: await replay(session.store, row.runKey), status };
    const { lineage } = row;
    const stuck = hasEnded(row.status) || status === 'parked' ? null : await stuckCause(context, row);
    const result = row.result && arranged(row.result, standing.state.tasks.keys());
    if (options.json) {
      const origin = lineage && { lineage };
      terminal.out(
        toJson(result ? { ...result, ...origin } : { ...stateResult(standing, Date.now()), stuck, ...origin }),
      );
      return exitCodes.succeeded;
    }
    const sizes = { columns: terminal.outColumns(), colors: terminal.outColors };
    const lines = result ? summaryLines(result, sizes) : stateLines(standing, sizes);
    const cause = stuck === null ? [] : ['', `${sizes.colors.yellow('! stuck')}: ${safeLine(stuck)}`];
    terminal.out(`${[...lines, ...cause, ...(await placeLines(session.store, row))].join('\n')}\n`);
    if (status === 'parked') terminal.err(`\nNobody works on it: \`gaffer watch ${row.runId}\` goes on with it.\n`);
    if (hasEnded(row.status) && row.status !== 'succeeded') {
      terminal.err(`\n\`gaffer retry ${row.runId}\` does again what did not succeed.\n`);
    }
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}

/** Why nothing moves, if Temporal can be asked; what it cannot say is no reason to show nothing. */
async function stuckCause(context: CommandContext, row: RunRow): Promise<string | null> {
  try {
    const session = await openSession(context, { say: () => undefined, yes: false, whenAbsent: 'borrow' });
    try {
      const client = await session.connect(context.config.taskQueue);
      const { status, stuck } = await (await client.find(row.runId)).describe();
      // Its own end writes the result first: without one, it was ended from outside.
      if (status !== 'running')
        return `it was ended from outside (${status}): \`gaffer rollback ${row.runId}\` undoes what it did`;
      return stuck;
    } finally {
      await session.close();
    }
  } catch {
    return null;
  }
}

async function placeLines(store: Store, row: RunRow): Promise<string[]> {
  const contexts = await store.runs.contexts(row.runKey);
  const { lineage } = row;
  const names = contexts.map(({ name, messages }) => `${safeLine(name)} (${plural(messages, 'message')})`);
  return [
    '',
    `Workspace: ${safeLine(row.workspace)}`,
    `Board:     ${safeLine(row.board)}`,
    ...(lineage
      ? [`From:      ${safeLine(lineage.run)} (${lineage.kind}${lineage.from ? ` at ${safeLine(lineage.from)}` : ''})`]
      : []),
    ...(names.length > 0 ? [`Contexts:  ${names.join(', ')}`] : []),
  ];
}
