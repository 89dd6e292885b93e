import { hasEnded } from '../../domain/run-state.ts';
import type { RunRow } from '../../store/store.ts';
import { sayTo, toJson, type CommandContext } from '../context.ts';
import { startCrew } from '../crew.ts';
import { exitCodes } from '../exit-codes.ts';
import { findRun } from '../find-run.ts';
import type { RunningModel } from '../model.ts';
import { openSession, type Session } from '../session.ts';
import { findLocalWorker } from '../worker-files.ts';

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
    const row = await findRun(session.store, runId!);
    const handle = await (await session.connect(config.taskQueue)).find(row.runId);
    if (!hasEnded(row.status)) {
      await handle.cancel();
      await helpItEnd(context, session, row);
    }
    const result = await handle.result();
    if (options.json) terminal.out(toJson(result));
    else terminal.out(`${row.runId} ${hasEnded(row.status) ? 'had ended already' : 'ended'}: ${result.status}\n`);
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}

/** A parked run needs a worker to end. That worker's model answers nothing, so nothing more is paid for. */
async function helpItEnd({ config }: CommandContext, session: Session, row: RunRow): Promise<void> {
  const { launch } = row;
  if (launch === null || (await findLocalWorker(session.home, launch.taskQueue))) return;
  if (config.temporal.isGiven && launch.taskQueue === config.taskQueue) return;
  const nobody: RunningModel = {
    kind: launch.model,
    settings: { apiKey: 'none', baseURL: 'http://127.0.0.1:9' },
    script: launch.script,
    port: launch.scriptPort,
    close: () => Promise.resolve(),
  };
  await startCrew(session, {
    role: 'run',
    launch: { ...launch, unsandboxedShell: false },
    model: nobody,
    workspace: row.workspace,
    workflowsDir: null,
    agentsDirs: [],
    say: () => undefined,
  });
}
