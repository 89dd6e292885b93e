import type { Session } from '../../client/connection/session.ts';
import { findStartedRun } from '../../client/follow/find-run.ts';
import type { FromRunOptions as DerivedOptions } from '../../client/runs.ts';
import { toLaunch, type DerivedRun } from '../../client/start/from-run.ts';
import type { LaunchSettings } from '../../client/start/launch.ts';
import { checkRunId } from '../../client/start/run-id.ts';
import type { CommandContext } from '../base/context.ts';
import { askYesNo } from '../options/ask.ts';
import { reuseLines } from '../show/reuse-lines.ts';
import { startRun, type StartOptions } from './start-run.ts';

/** Options of commands that start a run from an earlier one. */
export type FromRunOptions = StartOptions & DerivedOptions;

type Row = DerivedRun['row'];

/** Says what the new run is made of; null: none is needed. */
export type Derive = (session: Session, row: Row) => Promise<DerivedRun | null>;

/** Starts a run from an earlier one's plan: says first what is reused, and asks if it is to. */
export async function startFromRun(
  context: CommandContext,
  runId: string,
  options: FromRunOptions & { asks?: boolean },
  derive: Derive,
): Promise<number> {
  if (options.id !== undefined) checkRunId(options.id);
  const unsandboxedShell = options.allowUnsandboxedShell === true || context.config.allowUnsandboxedShell;
  return startRun(context, { ...options, unsandboxedShell, needsHome: true }, async (session) => {
    const derived = await derive(session, await findStartedRun(session, runId));
    return derived && prepared(context, derived, options);
  });
}

async function prepared(
  context: CommandContext,
  derived: DerivedRun,
  options: FromRunOptions & { asks?: boolean },
): Promise<LaunchSettings | null> {
  const { terminal } = context;
  const { worktreeFolders, plan, reused, state, lineage } = derived;
  if (worktreeFolders.length > 0) {
    terminal.err(`The new run works in a git worktree of the checkpoint's files: ${worktreeFolders.join(', ')}\n`);
  }
  if (derived.leavesFiles) terminal.err(`${workspaceNote}\n`);
  const from = lineage.from === null ? '' : ` (${lineage.from})`;
  terminal.err(`${derived.runId} goes on from ${derived.row.runId}${from}:\n`);
  terminal.err(`${reuseLines(plan, reused, { state, lineage, colors: terminal.colors }).join('\n')}\n`);
  const asks = options.asks === true && options.yes !== true && terminal.canAsk;
  if (asks && !(await askYesNo('Start it?'))) return null;
  return toLaunch(context, derived);
}

const workspaceNote =
  'The new run works in the folder as it stands now. `--worktree` gives it the files as they were at the checkpoint, in a folder of its own.';
