import { listRuns } from '../../client/list/list-runs.ts';
import { statusWords } from '../../client/list/wanted-runs.ts';
import type { RunEntry } from '../../client/runs.ts';
import { UsageError } from '../../domain/errors.ts';
import { formatCost, formatCount, formatDate, formatDuration } from '../../domain/format.ts';
import { readLabels } from '../../domain/run-labels.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { reading } from '../base/with-session.ts';
import { parseCount } from '../options/run-options.ts';
import { paintEnd } from '../show/summary.ts';
import { table, type Cell, type Column } from '../show/table.ts';

const columns: readonly Column[] = [
  { title: 'Run', flexible: 16, isId: true },
  { title: 'Status' },
  { title: 'Workflow', drop: 5 },
  { title: 'Started', drop: 2 },
  { title: 'Time', align: 'right' },
  { title: 'Tokens', align: 'right', drop: 4 },
  { title: 'Cost', align: 'right' },
];

/** `gaffer runs`: the runs of this home, newest first. */
export async function execute(
  context: CommandContext,
  _args: string[],
  options: { status?: string; label?: string[]; search?: string; limit: string; json?: boolean; quiet?: boolean },
): Promise<number> {
  const { terminal } = context;
  const wanted = options.status;
  if (wanted !== undefined && !statusWords.includes(wanted)) {
    throw new UsageError(`--status "${wanted}" is none: ${statusWords.join(', ')}.`);
  }
  const isFiltered = wanted !== undefined || options.label !== undefined || options.search !== undefined;
  const limit = parseCount(options.limit, '--limit');
  const print = (runs: readonly RunEntry[]): void => {
    if (options.json) terminal.out(toJson(runs));
    else if (options.quiet) terminal.out(runs.map(({ runId }) => `${safeLine(runId)}\n`).join(''));
    else if (runs.length === 0) terminal.err(noneLine(isFiltered));
    else terminal.out(`${runLines(runs, context).join('\n')}\n`);
  };
  const filter = {
    limit,
    ...(wanted && { status: wanted }),
    ...(options.label && { labels: readLabels(options.label) }),
    ...(options.search !== undefined && { search: options.search }),
  };
  return reading(
    context,
    async (session) => print(await listRuns(session, filter)),
    () => print([]),
  );
}

function noneLine(isFiltered: boolean): string {
  return isFiltered
    ? 'No run is like that: `gaffer runs` lists all.\n'
    : 'No runs yet: `gaffer run workflow.yaml` starts one.\n';
}

function runLines(runs: readonly RunEntry[], { terminal }: CommandContext): string[] {
  const colors = terminal.outColors;
  const cells = runs.map((run): Cell[] => [
    run.runId,
    { text: run.status, paint: paintEnd(run.status, colors) },
    run.workflow,
    formatDate(run.startsAt ?? run.startedAt),
    run.startsAt === undefined ? formatDuration(run.durationMs) : '',
    formatCount(run.totalTokens),
    formatCost(run.costUsd, run.isUncounted ? 1 : 0),
  ]);
  return table(columns, cells, { columns: terminal.outColumns(), paintTitle: colors.dim });
}
