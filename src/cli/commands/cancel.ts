import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunRow } from '../../store/store.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { startCrew } from '../work/local-crew.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { findStartedRun, refuseCutOff } from '../work/find-run.ts';
import { openSession, type Session } from '../work/session.ts';
import { isParked, nobody, workOn } from '../work/work-on.ts';

/** `gaffer cancel RUN`: stops a run for good and waits until it has ended. Cancelling an ended run changes nothing. */
export async function execute(
  context: CommandContext,
  [runId]: string[],
  options: { json?: boolean },
): Promise<number> {
  const { terminal, config } = context;
  const session = await openSession(context, {
    say: sayTo(terminal),
    yes: false,
    whenAbsent: 'start',
  });
  try {
    const row = await findStartedRun(session, config.taskQueue, runId!);
    await refuseCutOff(session, config.taskQueue, row);
    const handle = await (await session.connect(config.taskQueue)).find(row.runId);
    const workerFailed: Promise<never>[] = [];
    if (!hasEnded(row.status)) {
      // It may end by itself in this very moment.
      await handle.cancel().catch((error: Error) => {
        if (error.name !== 'RunClosedError') throw error;
      });
      workerFailed.push(...(await helpItEnd(context, session, row)));
    }
    const result = await Promise.race([handle.result(), ...workerFailed]);
    if (options.json) terminal.out(toJson(result));
    else terminal.out(`${row.runId} ${hasEnded(row.status) ? 'had ended already' : 'ended'}: ${result.status}\n`);
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}

/**
 * A parked run needs a worker to end. That worker's model answers nothing, so nothing more is paid for, unless an agent is what
 * undoes a task: then it is the run's own.
 */
async function helpItEnd(context: CommandContext, session: Session, row: RunRow): Promise<Promise<never>[]> {
  const { launch } = row;
  if (launch === null || !(await isParked(context, session.home, row))) return [];
  const plan = await session.store.runs.plan(row.planHash);
  if (plan.tasks.some((task) => task.compensate?.kind === 'prompt')) return workOn(context, session, row);
  // What undoes a task may run a shell: only as it was allowed when the run began.
  const settings = {
    role: 'run',
    launch,
    model: nobody(launch),
    workspace: row.workspace,
    workflowsDir: null,
  } as const;
  return (await startCrew(session, { ...settings, agentsDirs: [], say: () => undefined })).failed;
}
