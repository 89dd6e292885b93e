import { findRun } from '../../client/follow/find-run.ts';
import { listMessages } from '../../client/follow/list-messages.ts';
import type { CrewMessage } from '../../domain/messages/message.ts';
import { formatElapsed } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { reading } from '../base/with-session.ts';
import { table, type Cell, type Column } from '../show/table.ts';

const columns: readonly Column[] = [
  { title: 'Message', isId: true, drop: 3 },
  { title: 'Kind', drop: 2 },
  { title: 'From', flexible: 10, isId: true },
  { title: 'To', flexible: 10, isId: true },
  { title: 'State' },
  { title: 'Waited', align: 'right', drop: 1 },
  { title: 'Text', flexible: 20 },
];

/** `gaffer messages RUN`: what the agents of a run wrote to each other, in order. */
export function execute(context: CommandContext, [runId]: string[], options: { json?: boolean }): Promise<number> {
  return reading(context, async ({ store }) => {
    const { runKey } = await findRun(store, runId!);
    print(context, await listMessages(store, runKey), options.json === true);
  });
}

function print({ terminal }: CommandContext, messages: CrewMessage[], json: boolean): void {
  if (json) return terminal.out(toJson(messages));
  if (messages.length === 0) return terminal.err('No messages.\n');
  const rows = messages.map(({ id, kind, from, to, state, waitedMs, text }): Cell[] => [
    ...[id, kind, from, to, state, formatElapsed(waitedMs), safeLine(text)],
  ]);
  const lines = table(columns, rows, { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim });
  terminal.out(`${lines.join('\n')}\n`);
}
