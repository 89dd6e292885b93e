import { hostname } from 'node:os';
import { askTemporal } from '../../client/connection/ask-temporal.ts';
import { describeQueue, type TaskQueueFigures } from '../../client/connection/inspect-temporal.ts';
import type { Session } from '../../client/connection/session.ts';
import { createMetrics, type ReadMetrics } from './metrics.ts';
import { createReadiness, type Readiness } from './readiness.ts';
import type { RequestCounts } from './request-counts.ts';

/** What routes tell of the service itself. */
export interface ObservedParts {
  readMetrics: ReadMetrics;
  /** What is missing of what the service needs. */
  check: () => Promise<Readiness['missing']>;
}

/** Metrics and readiness of what a session reaches. */
export function observedParts(session: Session, requests: RequestCounts): ObservedParts {
  const ask = (queue: string): Promise<TaskQueueFigures[]> =>
    askTemporal(session, (connection) => describeQueue(connection, queue));
  const main = (): string => session.taskQueue ?? session.config.taskQueue;
  const tools = (): string => `${main()}@${session.config.host ?? hostname()}`;
  const figures = () => session.store.figures;
  return {
    readMetrics: createMetrics({
      ...{ figures, requests },
      queues: async () => (await Promise.all([main(), tools()].map(ask))).flat(),
    }),
    check: createReadiness({ figures, queues: () => ask(main()) }),
  };
}
