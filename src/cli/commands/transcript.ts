import { listContexts, readTranscript } from '../../client/follow/read-run.ts';
import { findRun } from '../../client/follow/find-run.ts';
import type { RunContext } from '../../client/run.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { reading } from '../base/with-session.ts';
import { table } from '../show/table.ts';
import { transcriptLines } from '../show/transcript-lines.ts';

/** `gaffer transcript RUN [CONTEXT]`: a conversation; without a context's name the only one, or the list of them. */
export function execute(
  context: CommandContext,
  [runId, name]: string[],
  options: { json?: boolean },
): Promise<number> {
  const { terminal } = context;
  return reading(context, async (session) => {
    const { store } = session;
    const row = await findRun(session, runId!);
    const contexts = await listContexts(store, row.runKey);
    if (name === undefined && contexts.length !== 1) {
      return printContexts(context, contexts, options);
    }
    const entries = await readTranscript(store, row, name);
    if (options.json) terminal.out(toJson(entries));
    else terminal.out(`${transcriptLines(entries, terminal.outColors).join('\n')}\n`);
  });
}

function printContexts(
  { terminal }: CommandContext,
  contexts: readonly RunContext[],
  options: { json?: boolean },
): void {
  if (options.json) return terminal.out(toJson(contexts));
  if (contexts.length === 0) return terminal.err('No model has answered in this run.\n');
  const columns = [
    { title: 'Context', flexible: 10, isId: true },
    { title: 'Agent' },
    { title: 'Messages', align: 'right' as const },
  ];
  const rows = contexts.map(({ name, agent, messages }) => [name, agent, String(messages)]);
  const lines = table(columns, rows, { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim });
  terminal.out(`${lines.join('\n')}\n`);
  terminal.err('\nName one of them to read it: `gaffer transcript RUN CONTEXT`\n');
}
