import type { RunStatus } from '../../domain/run/run-result.ts';
import type { RunRow } from '../../store/store.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { findCutOffs } from '../work/cut-off-runs.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { statusText } from '../work/find-run.ts';
import { formatCount, formatDate, formatDuration, formatUsd } from '../base/format.ts';
import { parseCount } from '../options/run-options.ts';
import { openForReading } from '../work/session.ts';
import { paintEnd } from '../show/summary.ts';
import { table, type Cell, type Column } from '../show/table.ts';

const runStatuses: readonly string[] = [
  ...['queued', 'running', 'pausing', 'paused', 'waiting', 'compensating'],
  ...['succeeded', 'partial', 'failed', 'cancelled', 'stopped'],
];

const columns: readonly Column[] = [
  { title: 'Run', flexible: 16 },
  { title: 'Status' },
  { title: 'Workflow', drop: 5 },
  { title: 'Started', drop: 2 },
  { title: 'Time', align: 'right', drop: 3 },
  { title: 'Tokens', align: 'right', drop: 4 },
  { title: 'Cost', align: 'right', drop: 1 },
];

/** `gaffer runs`: the runs of this home, newest first. */
export async function execute(
  context: CommandContext,
  _args: string[],
  options: { status?: string; limit: string; json?: boolean },
): Promise<number> {
  const { terminal, config } = context;
  const wanted = options.status;
  if (wanted !== undefined && !runStatuses.includes(wanted)) {
    throw new UsageError(`--status "${wanted}" is none: ${runStatuses.join(', ')}.`);
  }
  const limit = parseCount(options.limit, '--limit');
  const session = await openForReading(context, sayTo(terminal));
  try {
    const rows = await session.store.runs.list({ limit, ...(wanted ? { status: wanted as RunStatus } : {}) });
    const place = { home: session.home, isEmbedded: config.databaseUrl === null };
    const statuses = new Map<RunRow, string>();
    const cutOffs = await findCutOffs(context, rows);
    for (const row of rows) statuses.set(row, cutOffs.get(row.runKey) ?? (await statusText(row, place)));
    const status = (row: RunRow): string => statuses.get(row) ?? row.status;
    if (options.json) terminal.out(toJson(rows.map((row) => publicRow(row, status(row)))));
    else if (rows.length === 0) terminal.err('No runs yet: `gaffer run workflow.yaml` starts one.\n');
    else terminal.out(`${runLines(rows, context, status).join('\n')}\n`);
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}

function runLines(rows: readonly RunRow[], { terminal }: CommandContext, status: (row: RunRow) => string): string[] {
  const colors = terminal.outColors;
  const cells = rows.map((row): Cell[] => [
    row.runId,
    { text: status(row), paint: paintEnd(status(row), colors) },
    row.workflow,
    formatDate(row.startedAt),
    formatDuration(Date.parse(row.endedAt ?? new Date().toISOString()) - Date.parse(row.startedAt)),
    formatCount(row.totalTokens),
    formatUsd(row.spentUsd),
  ]);
  return table(columns, cells, { columns: terminal.outColumns(), paintTitle: colors.dim });
}

function publicRow(row: RunRow, status: string): object {
  const { runId, workflow, reason, board, workspace, startedAt, endedAt, spentUsd, totalTokens, lineage } = row;
  const from = lineage && { run: lineage.run, kind: lineage.kind };
  return {
    runId,
    workflow,
    status,
    reason,
    board,
    workspace,
    startedAt,
    endedAt,
    costUsd: spentUsd,
    totalTokens,
    from,
  };
}
