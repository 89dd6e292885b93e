import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { findRun } from '../work/find-run.ts';
import { openForReading } from '../work/session.ts';
import { table } from '../show/table.ts';
import { transcriptLines } from '../show/transcript-lines.ts';

/** `gaffer transcript RUN [CONTEXT]`: a conversation; without a context's name the only one, or the list of them. */
export async function execute(
  context: CommandContext,
  [runId, name]: string[],
  options: { json?: boolean },
): Promise<number> {
  const { terminal } = context;
  const session = await openForReading(context, sayTo(terminal));
  try {
    const row = await findRun(session.store, runId!);
    const contexts = await session.store.runs.contexts(row.runKey);
    const chosen = name ?? (contexts.length === 1 ? contexts[0]!.name : undefined);
    if (chosen === undefined) {
      listContexts(context, contexts, options);
      return exitCodes.succeeded;
    }
    if (!contexts.some((each) => each.name === chosen)) {
      const names = contexts.map((each) => each.name);
      throw new UsageError(`run "${row.runId}" has no context "${chosen}"; there are: ${names.join(', ') || 'none'}.`);
    }
    const entries = await session.store.runs.transcript(row.runKey, chosen);
    if (options.json) terminal.out(toJson(entries));
    else terminal.out(`${transcriptLines(entries, terminal.outColors).join('\n')}\n`);
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}

function listContexts(
  { terminal }: CommandContext,
  contexts: readonly { name: string; agent: string; messages: number }[],
  options: { json?: boolean },
): void {
  if (options.json) return terminal.out(toJson(contexts));
  if (contexts.length === 0) return terminal.err('No conversation yet.\n');
  const columns = [
    { title: 'Context', flexible: 10 },
    { title: 'Agent' },
    { title: 'Messages', align: 'right' as const },
  ];
  const rows = contexts.map(({ name, agent, messages }) => [name, agent, String(messages)]);
  const lines = table(columns, rows, { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim });
  terminal.out(`${lines.join('\n')}\n`);
  terminal.err('\nName one of them to read it: gaffer transcript RUN CONTEXT\n');
}
