import { readFileSync } from 'node:fs';
import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { failureTypes } from '../domain/failure-types.ts';
import type { Holder, Journal } from '../store/journal.ts';

/**
 * Has Temporal retry at once what workers of this host left in flight when they were killed.
 *
 * The heartbeat timeout would find them too, seconds later; workers of other hosts are left to it.
 *
 * @returns how many were woken
 */
export async function wakeOrphans(
  journal: Journal,
  connection: NativeConnection,
  { host, namespace }: { host: string; namespace: string },
): Promise<number> {
  const orphans = (await journal.holders(host)).filter((holder) => !isAlive(holder));
  if (orphans.length === 0) return 0;
  const client = new Client({ connection, namespace });
  const failure = ApplicationFailure.create({
    type: failureTypes.superseded,
    message: 'the worker that ran this step was killed',
    nextRetryDelay: '1 ms',
  });
  const woken = await Promise.allSettled(
    orphans.map(({ workflowId, runId, activityId }) =>
      client.activity.fail({ workflowId, runId, activityId }, failure),
    ),
  );
  return woken.filter((result) => result.status === 'fulfilled').length;
}

function isAlive({ pid, startedAt }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const born = bornAt(pid);
  // Another process has the number now when it was born after the holder said it had started.
  return born === null || born <= startedAt + 1000;
}

// Linux only; elsewhere a process with that number counts as the holder, and the heartbeat timeout decides.
function bornAt(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return Number.MAX_SAFE_INTEGER;
    const uptimeMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
    return Date.now() - uptimeMs + Number(fields[19]) * 10;
  } catch {
    return null;
  }
}
