import { hasEnded } from '../../domain/run-state.ts';
import { withDescendants } from '../../domain/descendants.ts';
import type { RunRow, Store } from '../../store/store.ts';
import { sayTo, toJson, type CommandContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../fail.ts';
import { findRun } from '../find-run.ts';
import { checkTask, lineageOf } from '../lineage.ts';
import { replay } from '../replay.ts';
import { openForReading } from '../session.ts';
import { startFromRun, type FromRunOptions } from '../start-from-run.ts';
import { whoIs } from '../who.ts';
import { withLiveRun } from '../work-on.ts';

interface RetryOptions extends FromRunOptions {
  from?: string;
  by?: string;
}

/**
 * `gaffer retry RUN [TASK]`: does failed tasks, or the named one, anew with the same input.
 *
 * In place while the run is open, else as a new run that takes over everything else.
 */
export async function execute(
  context: CommandContext,
  [runId, task]: string[],
  options: RetryOptions,
): Promise<number> {
  if (task !== undefined && options.from !== undefined) {
    throw new UsageError('name a task or --from TASK, not both: --from also does what depends on it anew.');
  }
  const isOpen = await isRunOpen(context, runId!);
  const named = task ?? options.from;
  if (isOpen) return retryInPlace(context, runId!, { named, options });
  return startFromRun(context, runId!, options, async ({ row, plan }) => {
    if (named !== undefined) await checkTask(plan, row.runId, named);
    const redo =
      options.from === undefined
        ? [...(task === undefined ? [] : [task])]
        : [...new Set([options.from, ...withDescendants(plan, options.from.replace(/[[#].*$/, ''))])];
    return { plan, lineage: lineageOf('retry', row, { from: named ?? null, redo }) };
  });
}

async function isRunOpen(context: CommandContext, runId: string): Promise<boolean> {
  const session = await openForReading(context, sayTo(context.terminal));
  try {
    return !hasEnded((await findRun(session.store, runId)).status);
  } finally {
    await session.close();
  }
}

function retryInPlace(
  context: CommandContext,
  runId: string,
  { named, options }: { named: string | undefined; options: RetryOptions },
): Promise<number> {
  return withLiveRun(context, runId, async ({ handle, row, session }) => {
    const tasks = named === undefined ? await failedTasks(session.store, row) : [named];
    if (tasks.length === 0) {
      throw new UsageError(`nothing of ${row.runId} has failed yet: name the task that is to be done anew.`);
    }
    const by = whoIs(context, options.by);
    const redone: string[] = [];
    for (const task of tasks)
      redone.push(...(await handle.retry({ task, descendants: options.from !== undefined, by })));
    const { terminal } = context;
    if (options.json) terminal.out(toJson({ runId: row.runId, inPlace: true, tasks: redone }));
    else terminal.out(`${row.runId}: does ${redone.join(', ')} anew\n`);
    return exitCodes.succeeded;
  });
}

async function failedTasks(store: Store, row: RunRow): Promise<string[]> {
  const state = await replay(store, row.runKey);
  return [...state.tasks.values()].filter(({ status }) => status === 'failed').map(({ id }) => id);
}
