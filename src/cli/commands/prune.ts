import { findPrunable, prune, type Prunable, type RemovableRun } from '../../client/control/prune.ts';
import type { RunStatus } from '../../domain/run/run-result.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import { ageExample, parseAge } from '../../config/age.ts';
import { askYesNo } from '../options/ask.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { formatCount, formatDate, formatUsd, plural } from '../../domain/format.ts';
import { withSession } from '../base/with-session.ts';
import { table } from '../show/table.ts';

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
  return withSession(context, { whenAbsent: 'start', needsHome: true }, async (session) => {
    const found = await findPrunable(session, { olderThanMs, statuses });
    const { runs, orphanPlans } = found;
    if (!options.json) terminal.err(announcement(found, context));
    const isAllowed =
      !options.dryRun && runs.length + orphanPlans > 0 && (await mayRemove(context, options, runs.length));
    const say = sayTo(context);
    if (isAllowed) {
      await prune(session, found, (count) => count % 100 === 0 && say(`${count} of ${runs.length} removed`));
    }
    if (options.json) terminal.out(toJson({ dryRun: !isAllowed, runs: runs.map(publicRow), orphanPlans }));
    else if (isAllowed) terminal.out(`removed ${plural(runs.length, 'run')}\n`);
    return exitCodes.succeeded;
  });
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

const longestList = 20;

function announcement({ runs, orphanPlans: plans }: Prunable, { terminal }: CommandContext): string {
  if (runs.length + plans === 0) return 'Nothing to remove.\n';
  const sum = (pick: (run: RemovableRun) => number): number => runs.reduce((total, run) => total + pick(run), 0);
  const rows = runs
    .slice(0, longestList)
    .map((run) => [run.runId, run.status, formatDate(run.endedAt), formatCount(run.events), formatUsd(run.costUsd)]);
  const columns = [
    { title: 'Run', flexible: 16, isId: true },
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
