import { askTemporal } from '../connection/ask-temporal.ts';
import type { Session } from '../connection/session.ts';
import { createRun } from '../create-run.ts';
import type { Run } from '../run.ts';
import { startedBy } from './start-workflow.ts';

/** The run that an earlier attempt of the session's request started, whatever became of its definition since; null: none did. */
export async function startedBefore(session: Session): Promise<Run | null> {
  const { once } = session;
  const runId = once?.before?.['runId'];
  if (!once || typeof runId !== 'string') return null;
  const started = await askTemporal(session, ({ client }) => startedBy(client, runId, once.id));
  return started && createRun(session, started);
}
