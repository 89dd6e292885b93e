import { resolve } from 'node:path';
import { sayTo, type CommandContext } from '../context.ts';
import { openSessionModel, startCrew } from '../crew.ts';
import { exitCodes } from '../exit-codes.ts';
import { takeSignals, whenAborted } from '../interruption.ts';
import { wishFor } from '../model.ts';
import { checkFolder } from '../run-options.ts';
import { openSession } from '../session.ts';

interface WorkerOptions {
  taskQueue?: string;
  workflows?: string;
  agents?: string[];
  allowUnsandboxedShell?: boolean;
}

/** `gaffer worker`: one more worker for a stack that runs, here or elsewhere; it starts nothing else. */
export async function execute(context: CommandContext, _args: string[], options: WorkerOptions): Promise<number> {
  const { cwd, config, terminal } = context;
  const say = sayTo(terminal);
  const taskQueue = options.taskQueue ?? config.taskQueue;
  const given = (options.agents ?? []).map((folder) => checkFolder('--agents', resolve(cwd, folder)));
  const workflowsDir = checkFolder('--workflows', resolve(cwd, options.workflows ?? '.'));
  const interruption = takeSignals();
  try {
    const session = await openSession(context, { say, yes: false, whenAbsent: 'fail' });
    try {
      const { agentDirsFor } = await import('../../definition/load-plan.ts');
      const model = await openSessionModel(context, session, wishFor(config, null), say);
      const unsandboxedShell = options.allowUnsandboxedShell === true || config.allowUnsandboxedShell;
      const crew = await startCrew(session, {
        role: 'worker',
        launch: { taskQueue, webAllow: config.webAllow, unsandboxedShell },
        model,
        workspace: cwd,
        workflowsDir,
        agentsDirs: [...given, ...agentDirsFor('workflow.yaml', cwd)],
        say,
      });
      say(`Working on task queue ${taskQueue} of ${session.stack.temporal.address}. Ctrl-C stops it.`);
      await Promise.race([whenAborted(interruption.signal), ...crew.failed]);
      return exitCodes.succeeded;
    } finally {
      await session.close();
    }
  } finally {
    interruption.release();
  }
}
