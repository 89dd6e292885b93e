import { setTimeout as delay } from 'node:timers/promises';
import { isOf } from '../../domain/ids/tenant.ts';
import { askTemporal } from '../connection/ask-temporal.ts';
import type { Session } from '../connection/session.ts';

/** A run that Temporal has open. */
export interface OpenExecution {
  runId: string;
  /** In ms since the epoch. */
  startsAt: number;
  taskQueue: string;
  /** What it was called as it was started. */
  workflow: string;
}

/** How long a first page waits for Temporal's word, in ms. */
const withinMs = 2500;
const mostSeen = 2000;
const pageSize = 1000;

/** What comes of it, if it comes in time; else that. Nothing is thrown: a page that is looked at is no place for Temporal's troubles. */
export function within<Result>(work: Promise<Result>, otherwise: Result, ms = withinMs): Promise<Result> {
  return Promise.race([work.catch(() => otherwise), delay(ms, otherwise, { ref: false })]);
}

/** What of this tenant Temporal has open, by run id, in one question; it may lag by a second. Null: it did not answer. */
export function openExecutions(session: Session): Promise<ReadonlyMap<string, OpenExecution> | null> {
  return within<ReadonlyMap<string, OpenExecution> | null>(
    askTemporal(session, async ({ client }) => {
      const query = 'WorkflowType="orchestrate" AND ExecutionStatus="Running"';
      const found = new Map<string, OpenExecution>();
      let seen = 0;
      for await (const info of client.workflow.list({ query, pageSize })) {
        const { workflowId: runId, taskQueue, memo } = info;
        const name = memo?.['name'];
        if (isOf(session.tenant, runId))
          found.set(runId, {
            ...{ runId, taskQueue, workflow: typeof name === 'string' ? name : '' },
            startsAt: (info.executionTime ?? info.startTime).getTime(),
          });
        if (++seen >= mostSeen) break;
      }
      return found;
    }),
    null,
  );
}
