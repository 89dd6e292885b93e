import { hostname } from 'node:os';
import { defaultTenant } from '../../domain/ids/tenant.ts';
import { askTemporal } from '../connection/ask-temporal.ts';
import { describeQueue, pollersOf, type TaskQueueFigures, type WorkerPoller } from '../connection/inspect-temporal.ts';
import type { Session } from '../connection/session.ts';

/** A task queue: who works on it, and what waits. `figures`: by kind of work; null: it is shared with others, whose business it is. */
export interface QueueView {
  name: string;
  /** What it is for. */
  role: 'workflows and models' | 'tools of this host';
  workers: WorkerPoller[];
  figures: TaskQueueFigures[] | null;
}

/** Who serves runs. Names of workers tell of machines, and what waits of others: both are for the operator alone. */
export async function listWorkers(session: Session): Promise<QueueView[]> {
  const main = session.taskQueue ?? session.config.taskQueue;
  const isOperator = session.tenant === null || session.tenant === defaultTenant;
  const queues = [
    { name: main, role: 'workflows and models' },
    { name: `${main}@${session.config.host ?? hostname()}`, role: 'tools of this host' },
  ] as const;
  return askTemporal(session, (connection) =>
    Promise.all(
      queues.map(async (queue) => {
        const [workers, figures] = await Promise.all([
          pollersOf(connection, queue.name),
          isOperator ? describeQueue(connection, queue.name) : null,
        ]);
        const shown = isOperator ? workers : workers.map((each, at) => ({ ...each, identity: `worker ${at + 1}` }));
        const name = isOperator ? queue.name : queue.role;
        return { ...queue, name, workers: shown, figures };
      }),
    ),
  );
}
