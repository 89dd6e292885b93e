import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';

/*
 * V1 Without a deployment workers are unversioned: any of them takes any step, and changed workflow code goes through `patched`.
 * V2 With one, Temporal hands steps out by version. A task (`agentTask`) ends on the version that it began on; a run
 *    (`orchestrate`) moves to whichever version is current; the version that is current gets all that is new.
 * V3 A version that is not current gets nothing but the tasks that are pinned to it. So it has to be made current, once.
 * V4 The workspace's queue stays unversioned: tools and results are the same for all versions, and a version would otherwise
 *    have to be polled on every host before it may become current.
 */

/** Which version of the code a worker is. Both names are the user's. */
export interface DeploymentVersion {
  name: string;
  buildId: string;
}

/** How a deployment stands, in Temporal's words. */
export interface DeploymentState {
  name: string;
  /** Build id of the current version; null: unversioned workers get what is new. */
  current: string | null;
  /** Versions that are not current: `drained` ones have no task left, their workers can go. */
  others: { buildId: string; state: 'draining' | 'drained' | 'inactive' }[];
}

const notFound = 5;
const failedPrecondition = 9;
const draining = 1;
const drained = 2;
/** How long a version may take to be known after its worker began to poll; a loaded server needs some seconds. */
const knownWithinMs = 30_000;

/** The worker's options for a version; none for an unversioned worker (V1). */
export function deploymentOptions(version: DeploymentVersion | undefined): Partial<WorkerOptions> {
  if (!version) return {};
  const { name: deploymentName, buildId } = version;
  return {
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: { deploymentName, buildId },
      defaultVersioningBehavior: 'PINNED',
    },
  };
}

/**
 * Makes a version the one that gets all new work (V3). Its worker must poll already; it is waited for.
 *
 * @throws Error saying what keeps it from becoming current
 */
export async function makeCurrent(
  { workflowService }: NativeConnection,
  namespace: string,
  { name: deploymentName, buildId }: DeploymentVersion,
): Promise<void> {
  for (const end = performance.now() + knownWithinMs; ; await sleep(250)) {
    try {
      await workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId });
      return;
    } catch (error) {
      const isTooEarly = [notFound, failedPrecondition].includes((error as { code?: number }).code ?? 0);
      if (isTooEarly && performance.now() < end) continue;
      const reason = (error as { details?: string }).details ?? (error as Error).message;
      throw new Error(`version ${buildId} of deployment ${deploymentName} cannot become current: ${reason}`, {
        cause: error,
      });
    }
  }
}

/** How a deployment stands; undefined when Temporal does not know it (yet). */
export async function describeDeployment(
  { workflowService }: NativeConnection,
  namespace: string,
  name: string,
): Promise<DeploymentState | undefined> {
  try {
    const { workerDeploymentInfo: info } = await workflowService.describeWorkerDeployment({
      namespace,
      deploymentName: name,
    });
    const current = info?.routingConfig?.currentDeploymentVersion?.buildId || null;
    const others = (info?.versionSummaries ?? []).flatMap(({ deploymentVersion, drainageStatus }) => {
      const buildId = deploymentVersion?.buildId;
      if (!buildId || buildId === current) return [];
      const state = drainageStatus === draining ? 'draining' : drainageStatus === drained ? 'drained' : 'inactive';
      return [{ buildId, state } as const];
    });
    return { name, current, others };
  } catch (error) {
    if ((error as { code?: number }).code === notFound) return undefined;
    throw error;
  }
}

/** Every deployment of the namespace; none where the server knows no worker versioning. */
export async function listDeployments(connection: NativeConnection, namespace: string): Promise<DeploymentState[]> {
  const { workerDeployments } = await connection.workflowService
    .listWorkerDeployments({ namespace, pageSize: 50 })
    .catch(() => ({ workerDeployments: [] }));
  const names = (workerDeployments ?? []).flatMap(({ name }) => name ?? []);
  const states = await Promise.all(names.map((name) => describeDeployment(connection, namespace, name)));
  return states.flatMap((state) => state ?? []);
}

/** What somebody who started a worker of that version has to know, one line each. */
export function deploymentLines(version: DeploymentVersion, state: DeploymentState | undefined): string[] {
  const { name, buildId } = version;
  const current = state?.current ?? null;
  const others = state?.others.filter((other) => other.buildId !== buildId) ?? [];
  const old = others.flatMap((other) => {
    if (other.state === 'draining') {
      return `Version ${other.buildId} still has tasks: keep its workers until \`gaffer doctor\` says that it is drained.`;
    }
    return other.state === 'drained' ? `Version ${other.buildId} is drained: its workers can be stopped.` : [];
  });
  if (current === buildId) return [`Version ${buildId} of deployment ${name} is current.`, ...old];
  const who = current === null ? 'no version is: unversioned workers get the work' : `${current} is`;
  return [
    `Version ${buildId} of deployment ${name} is not current (${who}), so it gets no new work. ` +
      `To make it current: gaffer worker --deployment ${name} --build-id ${buildId} --make-current`,
    ...old,
  ];
}
