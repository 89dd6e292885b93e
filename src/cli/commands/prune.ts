import type { RemovableRun } from '../../store/lifetime/retention.ts';
import type { RunStatus } from '../../domain/run/run-result.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import { ageExample, parseAge } from '../../config/age.ts';
import { askYesNo } from '../options/ask.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { formatCount, formatDate, formatUsd, plural } from '../base/format.ts';
import { openSession, orUnreachable, type Session } from '../work/session.ts';
import { table } from '../show/table.ts';
import { removeSnapshots } from '../../client/start/workspace-leftovers.ts';

interface PruneOptions {
  olderThan?: string;
  status?: string[];
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** `gaffer prune --older-than 30d`: removes runs that ended long ago, after it said which and how much. */
export async function execute(context: CommandContext, _args: string[], options: PruneOptions): Promise<number> {
  const { terminal } = context;
  const olderThanMs = parseAge(options.olderThan ?? '');
  if (olderThanMs === null) {
    const given = options.olderThan === undefined ? 'is missing' : `"${options.olderThan}"`;
    throw new UsageError(`--older-than ${given}: give an age such as ${ageExample}.`);
  }
  const statuses = checkStatuses(options.status);
  const session = await openSession(context, { say: sayTo(terminal), yes: false, whenAbsent: 'start' });
  try {
    const { countOrphanPlans, findRemovable } = await import('../../store/lifetime/retention.ts');
    const filter = { olderThanMs, limit: Number.MAX_SAFE_INTEGER, ...(statuses && { statuses }) };
    const runs = await findRemovable(session.store.sql, filter);
    const plans = await countOrphanPlans(session.store.sql);
    if (!options.json) terminal.err(announcement(runs, plans, context));
    const isAllowed = !options.dryRun && runs.length + plans > 0 && (await mayRemove(context, options, runs.length));
    if (isAllowed) await removeAll(context, session, runs);
    if (options.json) terminal.out(toJson({ dryRun: !isAllowed, runs: runs.map(publicRow), orphanPlans: plans }));
    else if (isAllowed) terminal.out(`removed ${plural(runs.length, 'run')}\n`);
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}

function checkStatuses(wanted: string[] | undefined): RunStatus[] | undefined {
  const wrong = wanted?.find((status) => !hasEnded(status as RunStatus));
  if (wrong !== undefined) {
    throw new UsageError(
      `--status "${wrong}": only runs that have ended are removed: succeeded, partial, failed, cancelled or stopped.`,
    );
  }
  return wanted as RunStatus[] | undefined;
}

async function mayRemove({ terminal }: CommandContext, options: PruneOptions, runs: number): Promise<boolean> {
  if (options.yes) return true;
  if (!terminal.canAsk || options.json) {
    throw new UsageError('nothing was removed: --yes does it, --dry-run only says what it would be.');
  }
  return askYesNo(`Remove ${runs === 0 ? 'these plans' : plural(runs, 'run')} for good?`);
}

async function removeAll(context: CommandContext, session: Session, runs: readonly RemovableRun[]): Promise<void> {
  const { removeOrphanPlans, removeRuns } = await import('../../store/lifetime/retention.ts');
  const client = await session.connect(context.config.taskQueue);
  const say = sayTo(context.terminal);
  for (const [index, run] of runs.entries()) {
    const folders = Object.values(await session.store.runs.workspaces(run.runKey));
    await removeSnapshots([run.workspace, ...folders], run.runId);
    // Temporal lets an id be used again only once it has forgotten the older run.
    if (run.hasSuccessor) await session.store.transaction((sql) => removeRuns(sql, [run.runKey]));
    else await orUnreachable(session.temporal, async () => (await client.find(run.runId)).remove());
    if ((index + 1) % 100 === 0) say(`${index + 1} of ${runs.length} removed`);
  }
  await removeOrphanPlans(session.store.sql);
}

const longestList = 20;

function announcement(runs: readonly RemovableRun[], plans: number, { terminal }: CommandContext): string {
  if (runs.length + plans === 0) return 'Nothing to remove.\n';
  const sum = (pick: (run: RemovableRun) => number): number => runs.reduce((total, run) => total + pick(run), 0);
  const rows = runs
    .slice(0, longestList)
    .map((run) => [run.runId, run.status, formatDate(run.endedAt), formatCount(run.events), formatUsd(run.costUsd)]);
  const columns = [
    { title: 'Run', flexible: 16 },
    { title: 'Status' },
    { title: 'Ended', drop: 1 },
    { title: 'Events', align: 'right', drop: 2 } as const,
    { title: 'Cost', align: 'right', drop: 3 } as const,
  ];
  const lines =
    runs.length === 0
      ? []
      : table(columns, rows, { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim });
  if (runs.length > longestList) lines.push(`… and ${runs.length - longestList} more`);
  const messages = `${formatCount(sum((run) => run.messages))} messages (${(sum((run) => run.bytes) / 1e6).toFixed(1)} MB)`;
  const also = plans === 0 ? '' : `; ${plural(plans, 'plan')} that no run has`;
  lines.push(
    `${plural(runs.length, 'run')} with ${formatCount(sum((run) => run.events))} events and ${messages}${also}`,
  );
  return `${lines.join('\n')}\n`;
}

function publicRow({
  runId,
  workflow,
  status,
  endedAt,
  workspace,
  costUsd,
  events,
  messages,
  bytes,
}: RemovableRun): object {
  return { runId, workflow, status, endedAt, workspace, costUsd, events, messages, bytes };
}
