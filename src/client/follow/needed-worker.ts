import type { Client, WorkflowExecutionDescription } from '@temporalio/client';

/** A version of a worker deployment, as the server names it. */
interface Version {
  deploymentName?: string | null;
  buildId?: string | null;
}

/**
 * How an execution is bound to versions, as the server describes it.
 *
 * @internal
 */
export interface Binding {
  behavior?: number | null;
  deploymentVersion?: Version | null;
  versioningOverride?: { pinned?: { version?: Version | null } | null } | null;
  versionTransition?: { deploymentVersion?: Version | null } | null;
}

/**
 * A task queue, as far as it is looked at.
 *
 * @internal
 */
export interface Queue {
  name: string;
  pollers: readonly { deploymentOptions?: (Version & { workerVersioningMode?: number | null }) | null }[];
  /** The version that gets what is not pinned; null: workers without a version do. */
  current: Version | null;
}

/** Whose work an execution is. `words` stand behind "a worker": the version, why that one, and the way out; empty without versions. */
export interface NeededWorker {
  version: Version | null;
  words: string;
  /** Why none takes its next step: nobody polls its queue, or nobody of that version; null: some do, or did a few minutes ago. */
  missing: string | null;
}

const pinned = 1;
const versioned = 2;

/** Which workers the next step of an execution needs, and whether there are any. */
export async function findNeededWorker(
  client: Client,
  namespace: string,
  { taskQueue: name, raw }: Pick<WorkflowExecutionDescription, 'taskQueue' | 'raw'>,
): Promise<NeededWorker> {
  const { pollers, versioningInfo } = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: 1,
  });
  const queue = { name, pollers: pollers ?? [], current: versioningInfo?.currentDeploymentVersion ?? null };
  return neededWorker(queue, raw.workflowExecutionInfo?.versioningInfo ?? null);
}

/**
 * The same, from what the server said. `binding`: null for an execution without versions.
 *
 * @internal
 */
export function neededWorker({ name, pollers, current }: Queue, binding: Binding | null): NeededWorker {
  const bound = pinnedTo(binding);
  const wanted = bound ?? binding?.versionTransition?.deploymentVersion ?? current;
  const version = wanted?.buildId ? wanted : null;
  const words = version ? wordsFor(version, bound !== null) : '';
  if (pollers.some((poller) => isOf(poller, version))) return { version, words, missing: null };
  if (version) return { version, words, missing: `nobody polls the task queue ${name} as a worker${words}` };
  const missing =
    pollers.length === 0
      ? `no worker polls the task queue ${name}: start \`gaffer worker\``
      : `only workers of versions that are not current poll the task queue ${name}: \`gaffer worker --deployment NAME --build-id ID --make-current\` makes one current`;
  return { version, words, missing };
}

function isOf({ deploymentOptions: options }: Queue['pollers'][number], version: Version | null): boolean {
  const isVersioned = options?.workerVersioningMode === versioned;
  if (!version) return !isVersioned;
  return isVersioned && options.buildId === version.buildId && options.deploymentName === version.deploymentName;
}

function wordsFor({ deploymentName, buildId }: Version, isPinned: boolean): string {
  const start = `start one with \`gaffer worker --deployment ${deploymentName} --build-id ${buildId}\``;
  if (isPinned) return ` of version ${buildId}, to which it is pinned: ${start}`;
  return ` of version ${buildId}, which is current: ${start}, or make another version current with --make-current`;
}

function pinnedTo(binding: Binding | null): Version | null {
  const override = binding?.versioningOverride?.pinned?.version;
  return override ?? (binding?.behavior === pinned ? (binding.deploymentVersion ?? null) : null);
}
