import { toInstance } from '../../domain/ids/execution-id.ts';
import { withDescendants } from '../../domain/plan/descendants.ts';
import type { RunRow, Store } from '../../store/store.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { UsageError } from '../../domain/errors.ts';
import { checkTask, lineageOf } from '../lineage.ts';
import { replay } from '../../client/follow/replay.ts';
import { startFromRun, type FromRunOptions } from '../work/start-from-run.ts';
import { whoIs } from '../options/who.ts';
import { askRun, type LiveRun } from '../work/work-on.ts';

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
  const named = task ?? options.from;
  const whenOpen = (open: Pick<LiveRun, 'session' | 'row'>) => retryInPlace(context, open, { named, options });
  return startFromRun(context, runId!, { ...options, whenOpen }, async ({ row, plan }) => {
    if (named !== undefined) await checkTask(plan, row.runId, named);
    const redo =
      options.from === undefined
        ? [...(task === undefined ? [] : [task])]
        : [...new Set([options.from, ...withDescendants(plan, toInstance(options.from).task)])];
    return { plan, lineage: lineageOf('retry', row, { from: named ?? null, redo }) };
  });
}

function retryInPlace(
  context: CommandContext,
  open: Pick<LiveRun, 'session' | 'row'>,
  { named, options }: { named: string | undefined; options: RetryOptions },
): Promise<void> {
  return askRun(context, open, async ({ handle, row, session }) => {
    const tasks = named === undefined ? await failedTasks(session.store, row) : [named];
    if (tasks.length === 0) {
      throw new UsageError(`nothing of ${row.runId} has failed yet: name the task that is to be done anew.`);
    }
    const by = whoIs(context, options.by);
    const redone: string[] = [];
    for (const each of tasks) {
      redone.push(...(await handle.retry({ task: each, descendants: options.from !== undefined, by })));
    }
    const { terminal } = context;
    if (options.json) terminal.out(toJson({ runId: row.runId, inPlace: true, tasks: redone }));
    else terminal.out(`${row.runId}: does ${redone.join(', ')} anew\n`);
  });
}

async function failedTasks(store: Store, row: RunRow): Promise<string[]> {
  const state = await replay(store, row.runKey);
  return [...state.tasks.values()].filter(({ status }) => status === 'failed').map(({ id }) => id);
}
