import type { CommandContext } from '../context.ts';
import { UsageError } from '../fail.ts';
import { forkPoint, lineageOf } from '../lineage.ts';
import { editPlan } from '../plan-edits.ts';
import { startFromRun, type FromRunOptions } from '../start-from-run.ts';

/** `gaffer fork RUN --from CHECKPOINT|TASK --set …`: a new run that reuses what is unchanged and pays only for the rest. */
export async function execute(
  context: CommandContext,
  [runId]: string[],
  options: FromRunOptions & { from?: string; set?: string[] },
): Promise<number> {
  const edits = options.set ?? [];
  if (options.from === undefined && edits.length === 0) {
    throw new UsageError('say where to fork (--from CHECKPOINT|TASK), what to change (--set …), or both.');
  }
  return startFromRun(context, runId!, { ...options, asks: true }, async ({ store, row, plan }) => {
    const { from } = options;
    const lineage = from === undefined ? lineageOf('fork', row) : await forkPoint(store, row, { plan, from });
    return { plan: await editPlan(plan, edits, context.cwd), lineage };
  });
}
