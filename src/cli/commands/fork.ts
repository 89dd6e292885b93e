import { checkFork, prepareFork } from '../../client/start/from-run.ts';
import { readEdits } from '../../client/start/plan-edits.ts';
import { readLabels } from '../../domain/run-labels.ts';
import type { CommandContext } from '../base/context.ts';
import { startFromRun, type FromRunOptions } from '../work/start-from-run.ts';

interface ForkOptions extends FromRunOptions {
  from?: string;
  set?: string[];
  label?: string[];
  workspace?: string;
  /** The folder, or true: one beside the repository. */
  worktree?: string | true;
}

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer fork RUN --from CHECKPOINT|TASK --set …`: a new run that reuses what is unchanged and pays only for the rest. */
export async function execute(context: CommandContext, [runId]: string[], options: ForkOptions): Promise<number> {
  const { set = [], label, ...given } = options;
  const rest = { ...given, ...(label && { labels: readLabels(label) }) };
  checkFork({ ...rest, set: Object.fromEntries(set.map((edit) => [edit, ''])) });
  return startFromRun(context, runId!, { ...rest, asks: true }, async (session, row) =>
    prepareFork(session, row, { ...rest, set: readEdits(set, context.cwd) }),
  );
}
