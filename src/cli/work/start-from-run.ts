import { resolve } from 'node:path';
import type { Lineage } from '../../contracts/orchestrate-input.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { ownWorkspaces, workspaceOf } from '../../domain/plan/workspace.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunRow, Store } from '../../store/store.ts';
import { askYesNo } from '../options/ask.ts';
import type { CommandContext } from '../base/context.ts';
import { findStartedRun } from './find-run.ts';
import { reuseLines } from '../lineage.ts';
import { replay } from '../../client/follow/replay.ts';
import { checkFolder, checkRunId, newRunId } from '../options/run-options.ts';
import { orUnreachable, type Session } from './session.ts';
import { startRun, type StartOptions } from './start-run.ts';
import type { PlannedWorktree } from '../../client/start/worktree.ts';

/** Options of commands that start a run from an earlier one. */
export interface FromRunOptions extends StartOptions {
  id?: string;
  script?: string;
  allowUnsandboxedShell?: boolean;
}

/** Says what the new run, of that id, is made of. */
export type MakeRun = (earlier: { store: Store; row: RunRow; plan: Plan; newId: string }) => Promise<MadeRun>;

/** What a new run is made of. `worktree`: where it works, made when nothing stands in the way of its start any more. */
interface MadeRun {
  plan: Plan;
  lineage: Lineage;
  worktree?: Pick<PlannedWorktree, 'create' | 'remove'>;
}

/** How {@link startFromRun} goes about it. */
interface FromRunSettings extends FromRunOptions {
  asks?: boolean;
  /** What to do instead when the earlier run has not ended. */
  whenOpen?: (open: { session: Session; row: RunRow }) => Promise<unknown>;
}

// What was ended from outside cannot say so in the store.
async function goesOn({ config }: CommandContext, session: Session, row: RunRow): Promise<boolean> {
  if (hasEnded(row.status)) return false;
  const client = await session.connect(config.taskQueue);
  const { status } = await orUnreachable(session.temporal, async () => (await client.find(row.runId)).describe());
  return status === 'running' || status === 'paused';
}

function checkFolders(plan: Plan): void {
  checkFolder('workspace', plan.workspace);
  for (const path of ownWorkspaces(plan.tasks)) {
    checkFolder('workspace of a task', workspaceOf(plan, { workspace: { path } }).path);
  }
}

/** Starts a run from an earlier one's plan: says first what is reused, and asks if it is to. */
export async function startFromRun(
  context: CommandContext,
  runId: string,
  options: FromRunSettings,
  make: MakeRun,
): Promise<number> {
  const { terminal, config } = context;
  const newId = options.id === undefined ? undefined : checkRunId(options.id);
  const unsandboxedShell = options.allowUnsandboxedShell === true || config.allowUnsandboxedShell;
  return startRun(context, { ...options, unsandboxedShell }, async (session) => {
    const { store } = session;
    const row = await findStartedRun(session, config.taskQueue, runId);
    if (options.whenOpen && (await goesOn(context, session, row))) {
      await options.whenOpen({ session, row });
      return null;
    }
    const before = await store.runs.plan(row.planHash);
    const id = newId ?? newRunId(before.name);
    const { plan, lineage, worktree } = await make({ store, row, plan: before, newId: id });
    if (!worktree) checkFolders(plan);
    const state = await replay(store, row.runKey);
    const lines = reuseLines(plan, await store.runs.planReuse(plan, lineage), { state, colors: terminal.colors });
    terminal.err(`${id} goes on from ${row.runId}${lineage.from === null ? '' : ` (${lineage.from})`}:\n`);
    terminal.err(`${lines.join('\n')}\n`);
    const asks = options.asks === true && options.yes !== true && terminal.canAsk;
    if (asks && !(await askYesNo('Start it?'))) return null;
    const given = options.script === undefined ? null : resolve(context.cwd, options.script);
    await worktree?.create();
    return {
      ...(worktree && { undo: () => worktree.remove() }),
      ...{ plan, runId: id, lineage, agentsDirs: [], unsandboxedShell },
      script: given ?? row.launch?.script ?? null,
      board: row.board === row.runId ? undefined : row.board,
    };
  });
}
