import { emptyRunState, reduceRun, type RunState } from '../../domain/run-state.ts';
import type { RunRow, Store } from '../../store/store.ts';
import { sayTo, toJson, type CommandContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { findRun, statusText } from '../find-run.ts';
import { plural } from '../format.ts';
import { safeLine } from '../safe-text.ts';
import { openForReading } from '../session.ts';
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
    const result = row.result && arranged(row.result, standing.state.tasks.keys());
    if (options.json) {
      terminal.out(toJson(result ?? stateResult(standing, Date.now())));
      return exitCodes.succeeded;
    }
    const sizes = { columns: terminal.outColumns(), colors: terminal.outColors };
    const lines = result ? summaryLines(result, sizes) : stateLines(standing, sizes);
    terminal.out(`${[...lines, ...(await placeLines(session.store, row))].join('\n')}\n`);
    if (status === 'parked') terminal.err(`\nNobody works on it: \`gaffer watch ${row.runId}\` goes on with it.\n`);
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}

async function replay(store: Store, runKey: string): Promise<RunState> {
  let state = emptyRunState;
  for (;;) {
    const before = state.lastSeq;
    for (const event of await store.events.list(runKey, before)) state = reduceRun(state, event);
    if (state.lastSeq === before) return state;
  }
}

async function placeLines(store: Store, row: RunRow): Promise<string[]> {
  const contexts = await store.runs.contexts(row.runKey);
  const names = contexts.map(({ name, messages }) => `${safeLine(name)} (${plural(messages, 'message')})`);
  return [
    '',
    `Workspace: ${safeLine(row.workspace)}`,
    `Board:     ${safeLine(row.board)}`,
    ...(names.length > 0 ? [`Contexts:  ${names.join(', ')}`] : []),
  ];
}
