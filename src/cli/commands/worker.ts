import { resolve } from 'node:path';
import type { CommandContext } from '../base/context.ts';
import { openSessionModel, startCrew } from '../../client/crew/local-crew.ts';
import { namedModules, openTools } from '../../client/crew/own-tools.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { whenAborted } from '../../host/when-aborted.ts';
import { withSession, withSignals } from '../base/with-session.ts';
import { wishFor } from '../../client/crew/model.ts';
import { versionOf } from '../../client/crew/worker-version.ts';
import { withGateway } from '../options/gateway-option.ts';
import { readWorkerOptions, toolWords, type WorkerSizeOptions } from '../options/worker-options.ts';
import { agentFolders } from '../../client/start/agent-folders.ts';
import { checkFolder } from '../../client/start/check-folder.ts';

interface WorkerOptions extends Omit<WorkerSizeOptions, 'tools'> {
  tools?: string[];
  taskQueue?: string;
  workflows?: string;
  agents?: string[];
  folder?: string[];
  allowUnsandboxedShell?: boolean;
  deployment?: string;
  buildId?: string;
  makeCurrent?: boolean;
  gateway?: boolean;
}

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer worker`: one more worker for a stack that runs, here or elsewhere; it starts nothing else. */
export async function execute(asked: CommandContext, _args: string[], options: WorkerOptions): Promise<number> {
  const context = withGateway(asked, options);
  const { cwd, config } = context;
  const taskQueue = options.taskQueue ?? config.taskQueue;
  const agentsDirs = await agentFolders({ cwd, given: options.agents, option: '--agents' });
  const workflows = checkFolder('--workflows', resolve(cwd, options.workflows ?? '.'));
  const folders = (options.folder ?? []).map((folder) => checkFolder('--folder', resolve(cwd, folder)));
  const { count, modules } = toolWords(options.tools);
  const tools = namedModules(cwd, modules);
  await openTools(tools, [cwd, workflows, ...folders]);
  const { tuning, ...runtime } = readWorkerOptions({ ...options, tools: count }, config.worker);
  const deployment = versionOf(options, { name: '--deployment', buildId: '--build-id', makeCurrent: '--make-current' });
  return withSignals(context, (interruption) =>
    withSession(context, { whenAbsent: 'fail' }, async (session) => {
      const model = await openSessionModel(session, wishFor(config, null));
      const unsandboxedShell = options.allowUnsandboxedShell === true || config.allowUnsandboxedShell;
      const crew = await startCrew(session, {
        role: 'worker',
        launch: { taskQueue, webAllow: config.webAllow, unsandboxedShell, ...(tools.length > 0 && { tools }) },
        model,
        workspace: cwd,
        folders,
        workflowsDirs: [workflows],
        agentsDirs,
        retentionMs: config.retentionMs,
        ...{ tuning, runtime },
        ...(deployment && { deployment }),
      });
      const { stack } = await session.servers();
      if (runtime.metricsAddress !== null)
        session.say(`Metrics for Prometheus: http://${runtime.metricsAddress}/metrics`);
      session.say(`Working on task queue ${taskQueue} of ${stack.temporal.target.address}. Ctrl-C stops it.`);
      await Promise.race([whenAborted(interruption.signal), ...crew.failed]);
      interruption.lastWords = 'Stopped. Its runs wait for another worker: `gaffer worker` starts one.';
      return exitCodes.succeeded;
    }),
  );
}
