import { resolve } from 'node:path';
import type { CommandContext } from '../base/context.ts';
import { openSessionModel, startCrew, type WorkerVersion } from '../../client/crew/local-crew.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { whenAborted } from '../base/interruption.ts';
import { withSession, withSignals } from '../base/with-session.ts';
import { wishFor } from '../../client/crew/model.ts';
import { checkFolder } from '../../client/start/check-folder.ts';

interface WorkerOptions {
  taskQueue?: string;
  workflows?: string;
  agents?: string[];
  folder?: string[];
  allowUnsandboxedShell?: boolean;
  deployment?: string;
  buildId?: string;
  makeCurrent?: boolean;
}

/** `gaffer worker`: one more worker for a stack that runs, here or elsewhere; it starts nothing else. */
export async function execute(context: CommandContext, _args: string[], options: WorkerOptions): Promise<number> {
  const { cwd, config } = context;
  const taskQueue = options.taskQueue ?? config.taskQueue;
  const given = (options.agents ?? []).map((folder) => checkFolder('--agents', resolve(cwd, folder)));
  const workflows = checkFolder('--workflows', resolve(cwd, options.workflows ?? '.'));
  const folders = (options.folder ?? []).map((folder) => checkFolder('--folder', resolve(cwd, folder)));
  const deployment = versionOf(options);
  return withSignals(context, ({ signal }) =>
    withSession(context, { whenAbsent: 'fail' }, async (session) => {
      const { agentDirsFor } = await import('../../definition/load-plan.ts');
      const model = await openSessionModel(session, wishFor(config, null));
      const unsandboxedShell = options.allowUnsandboxedShell === true || config.allowUnsandboxedShell;
      const crew = await startCrew(session, {
        role: 'worker',
        launch: { taskQueue, webAllow: config.webAllow, unsandboxedShell },
        model,
        workspace: cwd,
        folders,
        workflowsDirs: [workflows],
        agentsDirs: [...given, ...agentDirsFor('workflow.yaml', cwd)],
        retentionMs: config.retentionMs,
        ...(deployment && { deployment }),
      });
      const { stack } = await session.servers();
      session.say(`Working on task queue ${taskQueue} of ${stack.temporal.target.address}. Ctrl-C stops it.`);
      await Promise.race([whenAborted(signal), ...crew.failed]);
      return exitCodes.succeeded;
    }),
  );
}

/** The worker's version; undefined for an unversioned worker, which is the default. */
function versionOf({ deployment, buildId, makeCurrent = false }: WorkerOptions): WorkerVersion | undefined {
  if (deployment === undefined && buildId === undefined) {
    if (makeCurrent) throw new UsageError('--make-current needs --deployment NAME and --build-id ID.');
    return undefined;
  }
  if (deployment === undefined || buildId === undefined) {
    const missing = deployment === undefined ? '--deployment NAME' : '--build-id ID';
    throw new UsageError(
      `${missing} is missing: a versioned worker needs --deployment and --build-id, any other neither.`,
    );
  }
  // A dot would part the two in Temporal's own names of versions.
  if (!/^[\w-]{1,100}$/.test(deployment))
    throw new UsageError(`--deployment "${deployment}": letters, digits, - and _.`);
  if (!/^\w[\w.-]{0,99}$/.test(buildId))
    throw new UsageError(`--build-id "${buildId}": letters, digits, dots, - and _.`);
  return { name: deployment, buildId, makeCurrent };
}
