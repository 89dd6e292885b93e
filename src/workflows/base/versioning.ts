import { setWorkflowOptions } from '@temporalio/workflow';
import type { Workflow } from '@temporalio/workflow';

/*
 * A workflow may say how it moves between worker versions only on a worker that has a version: the server refuses every
 * step of an unversioned one that says it, and the run would hang. So the worker marks the code that it loads
 * (workers/start-worker.ts). The mark must not come from the history: a run may change from one kind of worker to the other.
 */
declare global {
  var gafferIsVersioned: boolean | undefined;
}

/** Says how runs of a workflow move to a new version of the worker; says nothing on an unversioned worker. */
export function declareVersioning(behavior: 'PINNED' | 'AUTO_UPGRADE', workflow: Workflow): void {
  if (globalThis.gafferIsVersioned) setWorkflowOptions({ versioningBehavior: behavior }, workflow);
}
