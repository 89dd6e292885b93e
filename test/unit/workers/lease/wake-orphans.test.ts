import type { NativeConnection } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import type { LeaseEnd } from '../../../../src/store/leases/worker-leases.ts';
import { wakeOrphans } from '../../../../src/workers/lease/wake-orphans.ts';

/** As Temporal and gRPC number them. */
const [started, notFound, resourceExhausted] = [2, 5, 8];

type Execution = { workflowId: string };

/** A server with workflows of one step each, all in the hands of one worker; `speaks`: those whose step Temporal hears of meanwhile. */
function openServer(workflowIds: string[], { perPage = 3, speaks = [] as string[] } = {}) {
  const failed: string[] = [];
  const errors = new Map<string, number>();
  let looks = 0;
  const refuse = (workflowId: string): void => {
    const code = errors.get(workflowId);
    if (code !== undefined) throw Object.assign(new Error('refused'), { code, details: 'refused', metadata: {} });
  };
  const workflowService = {
    async listWorkflowExecutions({ nextPageToken }: { nextPageToken: Uint8Array | null }) {
      const from = nextPageToken?.[0] ?? 0;
      const executions = workflowIds.slice(from, from + perPage).map((workflowId) => ({
        execution: { workflowId, runId: workflowId },
      }));
      const isLast = from + perPage >= workflowIds.length;
      return { executions, nextPageToken: isLast ? new Uint8Array() : Uint8Array.of(from + perPage) };
    },
    async describeWorkflowExecution({ execution: { workflowId } }: { execution: Execution }) {
      refuse(workflowId);
      // The looker's clock is years away from it.
      const lastHeartbeatTime = { seconds: 1000, nanos: speaks.includes(workflowId) ? ++looks : 0 };
      return {
        pendingActivities: [{ activityId: '1', state: started, lastWorkerIdentity: 'dead', lastHeartbeatTime }],
      };
    },
    getWorkflowExecutionHistoryReverse: async () => ({ history: { events: [] } }),
    async respondActivityTaskFailedById({ workflowId }: Execution) {
      failed.push(workflowId);
      return {};
    },
  };
  const search = (ended: LeaseEnd) =>
    wakeOrphans(
      { workflowService } as unknown as NativeConnection,
      {
        ...{ namespace: 'default', taskQueue: 'queue', signal: new AbortController().signal },
        endOf: (identity) => (identity === 'dead' ? ended : null),
      },
      { betweenLooksMs: 1 },
    );
  return { failed, errors, search };
}

const ids = Array.from({ length: 25 }, (_, index) => `run-${index}`);

describe('the steps of dead workers', () => {
  it('are handed out from all pages of the list', async () => {
    const { failed, search } = openServer(ids);
    expect(await search('gone')).toBe(ids.length);
    expect(failed.toSorted()).toEqual(ids.toSorted());
  });

  it('are all handed out but those of a workflow that the server is too busy to show, and then the search says so', async () => {
    const { failed, errors, search } = openServer(ids);
    errors.set('run-7', resourceExhausted);
    await expect(search('gone')).rejects.toMatchObject({ code: resourceExhausted });
    expect(failed.toSorted()).toEqual(ids.filter((id) => id !== 'run-7').toSorted());
    errors.clear();
    expect(await search('gone')).toBe(ids.length);
  });

  it('need no second search where a workflow ended meanwhile', async () => {
    const { errors, search } = openServer(ids);
    errors.set('run-7', notFound);
    expect(await search('gone')).toBe(ids.length - 1);
  });

  it('are left alone where the worker was silent and they speak to Temporal, whatever any clock says', async () => {
    const { failed, search } = openServer(ids, { speaks: ['run-3', 'run-24'] });
    expect(await search('silent')).toBe(ids.length - 2);
    expect(ids.filter((id) => !failed.includes(id))).toEqual(['run-3', 'run-24']);
  });
});
