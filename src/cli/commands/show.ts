import type { RunCutOffError } from '../../client/errors.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunRow, Store } from '../../store/store.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { findRun, statusText } from '../work/find-run.ts';
import { plural } from '../base/format.ts';
import { replay } from '../../client/follow/replay.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { openForReading, openSession } from '../work/session.ts';
import { stateLines, stateResult } from '../show/standing.ts';
import { arranged, summaryLines } from '../show/summary.ts';

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
    const stored = await statusText(row, { home: session.home, isEmbedded: config.databaseUrl === null });
    const told = hasEnded(row.status) ? nothing : await askTemporal(context, row);
    const status = told.cutOff?.status ?? stored;
    const standing = { row, state: await replay(session.store, row.runKey), status };
    const { lineage } = row;
    const stuck = status === 'parked' ? null : told.stuck;
    const result = row.result && arranged(row.result, standing.state.tasks.keys());
    if (options.json) {
      const workspaces = await session.store.runs.workspaces(row.runKey);
      const origin = { ...(lineage && { lineage }), ...(Object.keys(workspaces).length > 0 && { workspaces }) };
      terminal.out(
        toJson(result ? { ...result, ...origin } : { ...stateResult(standing, Date.now()), stuck, ...origin }),
      );
      return exitCodes.succeeded;
    }
    const sizes = { columns: terminal.outColumns(), colors: terminal.outColors };
    const lines = result ? summaryLines(result, sizes) : stateLines(standing, sizes);
    const sign = sizes.colors.yellow(`! ${told.cutOff?.status ?? 'stuck'}`);
    const cause = stuck === null ? [] : ['', `${sign}: ${safeLine(stuck)}`];
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

/** What Temporal says of a run: why nothing moves, and whether it was cut off. */
interface Told {
  stuck: string | null;
  cutOff: RunCutOffError | null;
}

const nothing: Told = { stuck: null, cutOff: null };

/** What Temporal says, if it can be asked; what it cannot say is no reason to show nothing. */
async function askTemporal(context: CommandContext, row: RunRow): Promise<Told> {
  try {
    const session = await openSession(context, { say: () => undefined, yes: false, whenAbsent: 'borrow' });
    try {
      const handle = await (await session.connect(context.config.taskQueue)).find(row.runId);
      const cutOff = await handle.cutOff();
      return { cutOff, stuck: cutOff ? cutOff.message : (await handle.describe()).stuck };
    } finally {
      await session.close();
    }
  } catch {
    return nothing;
  }
}

async function placeLines(store: Store, row: RunRow): Promise<string[]> {
  const contexts = await store.runs.contexts(row.runKey);
  const places = Object.entries(await store.runs.workspaces(row.runKey));
  const { lineage } = row;
  const names = contexts.map(({ name, messages }) => `${safeLine(name)} (${plural(messages, 'message')})`);
  return [
    '',
    `Workspace: ${safeLine(row.workspace)}`,
    ...places.map(([id, folder]) => `           ${safeLine(folder)} (${safeLine(id)})`),
    `Board:     ${safeLine(row.board)}`,
    ...(lineage
      ? [`From:      ${safeLine(lineage.run)} (${lineage.kind}${lineage.from ? ` at ${safeLine(lineage.from)}` : ''})`]
      : []),
    ...(names.length > 0 ? [`Contexts:  ${names.join(', ')}`] : []),
  ];
}
