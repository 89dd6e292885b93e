/** What tells runs from their tasks in lists of Temporal: in its Web UI, and with `temporal workflow list --query`. */
export const runsQuery = 'WorkflowType="orchestrate"';

/** What of a run's history is left out at first: steps of its own books, and what only lists show. */
const shown = ['child-workflow', 'activity', 'timer', 'signal', 'update'];

/** Path of the page of the Web UI that lists the runs, without their tasks; `isKept`: the browser keeps that list among its saved views. */
export function runsPage(namespace: string, isKept = false): string {
  const query = `?query=${encodeURIComponent(runsQuery)}${isKept ? '&savedQuery=Runs' : ''}`;
  return `namespaces/${encodeURIComponent(namespace)}/workflows${query}`;
}

/** Path of the page of one execution of a run, without the steps of the run's own books. */
export function runPage({
  namespace,
  runId,
  temporalRunId,
}: {
  namespace: string;
  runId: string;
  temporalRunId: string;
}): string {
  const path = ['namespaces', namespace, 'workflows', runId, temporalRunId].map(encodeURIComponent).join('/');
  return `${path}/history?category=${shown.join(',')}`;
}
