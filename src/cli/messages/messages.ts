import { findRun } from '../../client/follow/find-run.ts';
import type { MessageNews } from '../../client/follow/follow-messages.ts';
import { followMessages } from '../../client/follow/follow-messages.ts';
import { listMessages } from '../../client/follow/list-messages.ts';
import type { CrewMessage } from '../../domain/messages/message.ts';
import { preview } from '../../domain/fingerprint.ts';
import { formatElapsed } from '../../domain/format.ts';
import { safeJson, safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { reading, withSession, withSignals } from '../base/with-session.ts';
import { table, type Cell, type Column } from '../show/table.ts';

/** How much of a message a line shows; `--json` has all of it. */
const longestShown = 300;

const columns: readonly Column[] = [
  { title: 'Message', isId: true, drop: 3 },
  { title: 'Kind', drop: 2 },
  { title: 'From', flexible: 10, isId: true },
  { title: 'To', flexible: 10, isId: true },
  { title: 'State' },
  { title: 'Waited', align: 'right', drop: 1 },
  { title: 'Text', flexible: 20 },
];

/** `gaffer messages RUN`: what the agents of a run wrote to each other, in order; with `--watch` also what comes and changes until it ends. */
export function execute(
  context: CommandContext,
  [runId]: string[],
  { json = false, watch = false }: { json?: boolean; watch?: boolean },
): Promise<number> {
  if (watch) return follow(context, runId!, json);
  return reading(context, async (session) => {
    const { store } = session;
    const { runKey } = await findRun(session, runId!);
    print(context, await listMessages(store, runKey), json);
  });
}

function follow(context: CommandContext, runId: string, json: boolean): Promise<number> {
  return withSignals(context, ({ signal }) =>
    withSession(context, { whenAbsent: 'read' }, async (session) => {
      const run = await findRun(session, runId);
      for await (const news of followMessages(session, run, signal))
        context.terminal.out(json ? `${safeJson(news.message)}\n` : `${newsLine(news)}\n`);
      return signal.aborted ? exitCodes.parked : exitCodes.succeeded;
    }),
  );
}

function newsLine({ message, isNew }: MessageNews): string {
  const { id, kind, from, to, text, deliveredAt, waitedMs } = message;
  const waited = deliveredAt === null ? '' : ` after ${formatElapsed(waitedMs)}`;
  const about = `${id} ${kind} from ${from} to ${to}: ${stateOf(message)}${waited}`;
  return safeLine(isNew ? `${about}: ${preview(text, longestShown)}` : about);
}

function stateOf({ state, isFolded }: CrewMessage): string {
  return isFolded ? `${state}, in a summary` : state;
}

function print({ terminal }: CommandContext, messages: CrewMessage[], json: boolean): void {
  if (json) return terminal.out(toJson(messages));
  if (messages.length === 0) return terminal.err('No messages.\n');
  const rows = messages.map((message): Cell[] => {
    const { id, kind, from, to, waitedMs, text } = message;
    return [id, kind, from, to, stateOf(message), formatElapsed(waitedMs), preview(safeLine(text), longestShown)];
  });
  const lines = table(columns, rows, { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim });
  terminal.out(`${lines.join('\n')}\n`);
}
