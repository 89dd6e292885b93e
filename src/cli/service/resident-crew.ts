import { join } from 'node:path';
import { openSessionModel, startCrew } from '../../client/crew/local-crew.ts';
import { believeTools } from '../../client/crew/own-tools.ts';
import { wishFor } from '../../client/crew/model.ts';
import type { Session } from '../../client/connection/session.ts';
import { agentFolders } from '../../client/start/agent-folders.ts';
import { shippedExamples } from '../../host/package/shipped.ts';

/** What a worker that stays may do, and where; paths are absolute. */
export interface ResidentWishes {
  unsandboxedShell: boolean;
  folders: string[];
  workflows: string[];
  tools: string[];
  /** `host:port` where Prometheus finds what its worker measures; null: nowhere. */
  metricsAddress: string | null;
}

/** Starts the worker of this folder, which all its runs are handed to. @returns promises that reject when it dies */
export async function startResident(
  session: Session,
  { unsandboxedShell, folders, workflows, tools, metricsAddress }: ResidentWishes,
): Promise<Promise<never>[]> {
  const { cwd, config } = session;
  await believeTools(tools);
  const model = await openSessionModel(session, wishFor(config, null));
  const agentsDirs = await agentFolders({ cwd });
  const crew = await startCrew(session, {
    role: 'dev',
    launch: {
      taskQueue: config.taskQueue,
      webAllow: config.webAllow,
      unsandboxedShell,
      ...(tools.length > 0 && { tools }),
    },
    model,
    workspace: cwd,
    folders,
    workflowsDirs: [...workflows, join(cwd, 'workflows'), cwd, shippedExamples()],
    agentsDirs,
    retentionMs: config.retentionMs,
    runtime: { metricsAddress, logsToStdout: config.worker.logsToStdout },
  });
  if (metricsAddress !== null) session.say(`Metrics of the worker for Prometheus: http://${metricsAddress}/metrics`);
  return crew.failed;
}
