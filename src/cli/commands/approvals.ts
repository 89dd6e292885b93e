import { asCalled } from '../base/called-as.ts';
import { waitText, waitedText } from '../../client/follow/wait-text.ts';
import { listWaiting } from '../../client/list/list-waiting.ts';
import type { Session } from '../../client/connection/session.ts';
import type { WaitingEntry } from '../../client/runs.ts';
import { safeText } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { reading } from '../base/with-session.ts';

/** `gaffer approvals [RUN]`: what waits for a person, across runs, with the command that answers it. */
export function execute(context: CommandContext, [runId]: string[], options: { json?: boolean }): Promise<number> {
  const { terminal } = context;
  const print = (waits: readonly WaitingEntry[]): void => {
    if (options.json) terminal.out(toJson(waits));
    else if (waits.length === 0) terminal.err('Nothing waits for a person.\n');
    else
      terminal.out(
        `${byRun(waits)
          .map((run) => runLines(run, context).join('\n'))
          .join('\n\n')}\n`,
      );
  };
  const read = async (session: Session): Promise<void> => print(await listWaiting(session, runId));
  return runId === undefined ? reading(context, read, () => print([])) : reading(context, read);
}

function byRun(waits: readonly WaitingEntry[]): WaitingEntry[][] {
  const ids = [...new Set(waits.map(({ runId }) => runId))];
  return ids.map((id) => waits.filter(({ runId }) => runId === id));
}

function runLines(waits: readonly WaitingEntry[], { terminal }: CommandContext): string[] {
  const colors = terminal.outColors;
  const now = Date.now();
  const lines = waits.flatMap((one) => [
    `${colors.yellow('?')} ${waitText(one)} ${colors.dim(`· for ${waitedText(one, now)}`)}`,
    ...detailLines(one).map((line) => `    ${line}`),
    `    ${colors.cyan(asCalled(one.command))}`,
  ]);
  return [colors.bold(waits[0]!.runId), ...lines];
}

/** The literal call or words, so that nobody decides about a summary. */
function detailLines({ what, detail }: WaitingEntry): string[] {
  const text = safeText(detail).trim();
  if (text === '' || text === what.trim()) return [];
  const lines = text.split('\n');
  return lines.length > 12 ? [...lines.slice(0, 12), `… (${lines.length} lines; --json has all)`] : lines;
}
