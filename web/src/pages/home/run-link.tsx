import { Link } from 'wouter';
import { safeLine } from '../../../../src/domain/safe-text.ts';

/** A run, by its id. @param task leads to that task of it */
export function RunLink({ runId, task }: { runId: string; task?: string }) {
  const query = task === undefined ? '' : `?task=${encodeURIComponent(task)}`;
  return <Link href={`/runs/${encodeURIComponent(runId)}${query}`}>{safeLine(task ?? runId)}</Link>;
}
