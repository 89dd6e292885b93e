import { answerCommand } from '../../domain/run/answer-command.ts';
import type { Wait } from '../../domain/run/waits.ts';
import type { WaitingRow } from '../../store/run/waiting.ts';
import type { Session } from '../connection/session.ts';
import type { WaitingEntry } from '../runs.ts';
import { findCutOffs } from '../follow/cut-off-runs.ts';
import { findRun } from '../follow/find-run.ts';

const mostWaits = 1000;

/** What waits for a person, run by run. @throws RunNotFoundError */
export async function listWaiting(session: Session, id?: string): Promise<WaitingEntry[]> {
  const only = id === undefined ? undefined : (await findRun(session, id)).runKey;
  const runs = new Map<string, { run: WaitingRow; waits: Wait[] }>();
  for (const row of await session.store.runs.waiting(mostWaits, only)) {
    if (!row.isForPerson) continue;
    const { runKey, runId: _id, temporalRunId: _temporal, workflow: _name, ...one } = row;
    runs.set(runKey, { run: row, waits: [...(runs.get(runKey)?.waits ?? []), one] });
  }
  // Nobody can answer one that Temporal ended.
  const asked = [...runs.values()].map(({ run }) => ({ ...run, status: 'waiting' as const }));
  const closed = await findCutOffs(session, asked);
  return [...runs.values()]
    .filter(({ run }) => !closed.has(run.runKey))
    .flatMap(({ run: { runId }, waits }) =>
      waits.map((one) => ({ ...one, runId, command: answerCommand(runId, one, waits) })),
    );
}
