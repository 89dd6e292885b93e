import type { Wait } from '../../domain/run/waits.ts';
import { waitsOf } from '../../domain/run/run-state.ts';
import type { Store } from '../../store/store.ts';
import { answerCommand, waitText, waitedText } from '../show/wait-lines.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { findRun } from '../work/find-run.ts';
import { replay } from '../../client/follow/replay.ts';
import { safeText } from '../../domain/safe-text.ts';
import { openForReading } from '../work/session.ts';

/** What waits in one run. */
interface WaitingRun {
  runId: string;
  waits: Wait[];
}

/** `gaffer approvals [RUN]`: what waits for a person, across runs, with the command that answers it. */
export async function execute(
  context: CommandContext,
  [runId]: string[],
  options: { json?: boolean },
): Promise<number> {
  const { terminal } = context;
  const session = await openForReading(context, sayTo(terminal));
  try {
    const found = await waitingRuns(session.store, runId);
    if (options.json) terminal.out(toJson(found.flatMap(toPublic)));
    else if (found.length === 0) terminal.err('Nothing waits for a person.\n');
    else terminal.out(`${found.map((run) => runLines(run, context).join('\n')).join('\n\n')}\n`);
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}

const mostWaits = 1000;

async function waitingRuns(store: Store, runId: string | undefined): Promise<WaitingRun[]> {
  const only = runId === undefined ? undefined : (await findRun(store, runId)).runId;
  const found = new Map<string, Wait[]>();
  for (const one of await store.runs.waiting(mostWaits)) {
    if (one.isForPerson) found.set(one.runId, [...(found.get(one.runId) ?? []), one]);
  }
  // A run that was paused as a whole has nothing of its own that waits.
  for (const status of ['paused', 'waiting'] as const) {
    for (const row of await store.runs.list({ status, limit: mostWaits })) {
      if (!found.has(row.runId)) found.set(row.runId, waitsOf(await replay(store, row.runKey)));
    }
  }
  return [...found]
    .filter(([id, waits]) => waits.length > 0 && (only === undefined || id === only))
    .map(([id, waits]) => ({ runId: id, waits }));
}

function runLines({ runId, waits }: WaitingRun, { terminal }: CommandContext): string[] {
  const colors = terminal.outColors;
  const now = Date.now();
  const lines = waits.flatMap((one) => [
    `${colors.yellow('?')} ${waitText(one)} ${colors.dim(`for ${waitedText(one, now)}`)}`,
    ...detailLines(one).map((line) => `    ${line}`),
    `    ${colors.cyan(answerCommand(runId, one, waits))}`,
  ]);
  return [colors.bold(runId), ...lines];
}

/** The literal call or words, so that nobody decides about a summary. */
function detailLines({ what, detail }: Wait): string[] {
  const text = safeText(detail).trim();
  if (text === '' || text === what.trim()) return [];
  const lines = text.split('\n');
  return lines.length > 12 ? [...lines.slice(0, 12), `… (${lines.length} lines; --json has all)`] : lines;
}

function toPublic({ runId, waits }: WaitingRun): object[] {
  return waits.map((one) => ({ ...one, runId, command: answerCommand(runId, one, waits) }));
}
