import { resolve } from 'node:path';
import type { Lineage } from '../contracts/orchestrate-input.ts';
import type { Plan } from '../domain/plan.ts';
import type { RunRow, Store } from '../store/store.ts';
import { askYesNo } from './ask.ts';
import type { CommandContext } from './context.ts';
import { findRun } from './find-run.ts';
import { reuseLines } from './lineage.ts';
import { replay } from './replay.ts';
import { checkFolder, checkRunId, newRunId } from './run-options.ts';
import { startRun, type StartOptions } from './start-run.ts';

/** Options of commands that start a run from an earlier one. */
export interface FromRunOptions extends StartOptions {
  id?: string;
  script?: string;
  allowUnsandboxedShell?: boolean;
}

/** Says what the new run is made of. */
export type MakeRun = (earlier: { store: Store; row: RunRow; plan: Plan }) => Promise<{ plan: Plan; lineage: Lineage }>;

/** Starts a run from an earlier one's plan: says first what is reused, and asks if it is to. */
export async function startFromRun(
  context: CommandContext,
  runId: string,
  options: FromRunOptions & { asks?: boolean },
  make: MakeRun,
): Promise<number> {
  const { terminal, config } = context;
  const newId = options.id === undefined ? undefined : checkRunId(options.id);
  const unsandboxedShell = options.allowUnsandboxedShell === true || config.allowUnsandboxedShell;
  return startRun(context, { ...options, unsandboxedShell }, async ({ store }) => {
    const row = await findRun(store, runId);
    const before = await store.runs.plan(row.planHash);
    const { plan, lineage } = await make({ store, row, plan: before });
    checkFolder('workspace', plan.workspace);
    const state = await replay(store, row.runKey);
    const lines = reuseLines(plan, await store.runs.planReuse(plan, lineage), { state, colors: terminal.colors });
    const id = newId ?? newRunId(plan.name);
    terminal.err(`${id} goes on from ${row.runId}${lineage.from === null ? '' : ` (${lineage.from})`}:\n`);
    terminal.err(`${lines.join('\n')}\n`);
    const asks = options.asks === true && options.yes !== true && terminal.canAsk;
    if (asks && !(await askYesNo('Start it?'))) return null;
    const given = options.script === undefined ? null : resolve(context.cwd, options.script);
    return {
      ...{ plan, runId: id, lineage, agentsDirs: [], unsandboxedShell },
      script: given ?? row.launch?.script ?? null,
      board: row.board === row.runId ? undefined : row.board,
    };
  });
}
