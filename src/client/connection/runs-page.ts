/** What tells runs from their tasks in lists of Temporal: in its Web UI, and with `temporal workflow list --query`. */
const runsQuery = 'WorkflowType="orchestrate"';

/** Path of the page of the Web UI that lists the runs, without their tasks. */
export function runsPage(namespace: string): string {
  return `namespaces/${encodeURIComponent(namespace)}/workflows?query=${encodeURIComponent(runsQuery)}`;
}
