import { hasEnded } from '../../domain/run/run-state.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { findRun } from '../work/find-run.ts';
import { plural } from '../base/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { openSession, orUnreachable } from '../work/session.ts';
import { workOn } from '../work/work-on.ts';

/** `gaffer rollback RUN`: undoes what a run did that Temporal's terminate ended, or that ended without undoing. */
export async function execute(context: CommandContext, [runId]: string[], options: { json?: boolean; yes?: boolean }) {
  const { terminal, config } = context;
  const session = await openSession(context, { say: sayTo(terminal), yes: options.yes === true, whenAbsent: 'start' });
  try {
    const row = await findRun(session.store, runId!);
    const client = await session.connect(row.launch?.taskQueue ?? config.taskQueue);
    const { status } = await (await client.find(row.runId)).describe();
    if (!hasEnded(row.status) && (status === 'running' || status === 'paused')) {
      throw new UsageError(`run ${row.runId} goes on: \`gaffer cancel ${row.runId}\` stops it and undoes what it did.`);
    }
    const before = await session.store.runs.undoList(row.runKey);
    // A run that was terminated gets its end written, also when there is nothing to undo.
    if (before.length === 0 && hasEnded(row.status))
      return report(context, options, { runId: row.runId, undone: [], left: [] });
    const workerFailed = await workOn(context, session, row);
    const result = await orUnreachable(session.temporal, () => Promise.race([client.rollback(row), ...workerFailed]));
    const left = new Set((await session.store.runs.undoList(row.runKey)).map(({ id }) => id));
    const errors = new Map(result.compensations.map(({ taskId, error }) => [taskId, error]));
    return report(context, options, {
      runId: row.runId,
      undone: before.filter(({ id }) => !left.has(id)).map(({ id }) => id),
      left: before.filter(({ id }) => left.has(id)).map(({ id }) => ({ task: id, error: errors.get(id) ?? null })),
    });
  } finally {
    await session.close();
  }
}

interface Rollback {
  runId: string;
  undone: string[];
  left: { task: string; error: string | null }[];
}

function report({ terminal }: CommandContext, { json }: { json?: boolean }, done: Rollback): number {
  const { runId, undone, left } = done;
  const lines = [
    undone.length + left.length === 0
      ? `${runId}: there is nothing to undo`
      : `${runId}: ${undone.length} of ${plural(undone.length + left.length, 'task')} undone`,
    ...undone.map((task) => `↶ ${safeLine(task)} undone`),
    ...left.map(({ task, error }) => `✗ ${safeLine(task)} could not be undone${error ? `: ${safeLine(error)}` : ''}`),
  ];
  terminal.out(json ? toJson(done) : `${lines.join('\n')}\n`);
  return left.length > 0 ? exitCodes.failed : exitCodes.succeeded;
}
