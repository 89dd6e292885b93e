import { defaultTenant } from '../../domain/ids/tenant.ts';
import type { ListedRun } from '../../store/run/run-pages.ts';
import { askTemporal } from '../connection/ask-temporal.ts';
import { describeQueue } from '../connection/inspect-temporal.ts';
import type { Session } from '../connection/session.ts';

/** A task queue in brief. */
export interface QueueEntry {
  name: string;
  /** Workers that asked for work in the last minutes. */
  workers: number;
  /** What waits for one, about; null: others' work is among it, and it is not told. */
  waiting: number | null;
  /** How long the oldest of that has waited, in seconds. */
  oldestSeconds: number | null;
}

const mostQueues = 6;

/** The queue that new runs go to, and those of runs that are open. */
export function queuesOf(session: Session, open: readonly ListedRun[]): Promise<QueueEntry[]> {
  const usual = session.taskQueue ?? session.config.taskQueue;
  const names = [...new Set([usual, ...open.flatMap(({ launch }) => launch?.taskQueue ?? [])])].slice(0, mostQueues);
  const isOperator = session.tenant === null || session.tenant === defaultTenant;
  return askTemporal(session, (connection) =>
    Promise.all(
      names.map(async (name) => {
        const figures = await describeQueue(connection, name);
        const waiting = figures.reduce((sum, each) => sum + each.waiting, 0);
        const oldestSeconds = Math.max(...figures.map((each) => each.oldestSeconds));
        const workers = Math.max(...figures.map(({ pollers }) => pollers));
        return { name, workers, ...(isOperator ? { waiting, oldestSeconds } : { waiting: null, oldestSeconds: null }) };
      }),
    ),
  );
}
