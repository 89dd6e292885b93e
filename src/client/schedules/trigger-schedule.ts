/*
 * Temporal calls the run of a firing by the second of it, and drops a firing without a word when there is such a run already. So a firing by
 * hand says of which second it is, one that no run has:
 *
 * T1 Of those who trigger one schedule at once, in whatever process, each takes another second: they come one after the other.
 * T2 The first second of a minute is the clock's: a run by hand would take the place of the one that is due.
 * T3 A request that comes again is of the second that its first attempt noted, so that Temporal itself starts one run for all of them.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isGrpcServiceError, ScheduleNotFoundError as NotThere, WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { toScheduledId } from '../../domain/ids/scheduled-id.ts';
import type { Once } from '../connection/once.ts';
import { UsageError } from '../../domain/errors.ts';

/** How long Temporal may take to start a run that was asked for, in ms. */
const startedWithinMs = 15_000;
const second = 1000;
const minute = 60_000;
/** ALLOW_ALL: asked for by hand, it is not left out because another one goes on. */
const besideOthers = 6;
/** NOT_FOUND. */
const notFound = 5;

/** Starts a run of a schedule now; to be called by one at a time (T1). @returns its id. @throws UsageError when it has not begun in time */
export async function triggerSchedule(client: Client, name: string, once?: Once): Promise<string> {
  const at = await secondOf(client, name, once);
  await fire(client, name, at);
  const run = toScheduledId(name, at);
  for (const end = Date.now() + startedWithinMs; Date.now() < end; await delay(50)) {
    if (await isThere(client, run)) return run;
  }
  throw new UsageError(
    `schedule ${name} was triggered, and Temporal has not started its run ${run} yet: \`gaffer schedule show ${name}\` tells.`,
  );
}

// T3
async function secondOf(client: Client, name: string, once: Once | undefined): Promise<Date> {
  const before = once?.before?.['second'];
  if (typeof before === 'number') return new Date(before);
  const free = (await freeSecond(client, name)).getTime();
  const noted = await once?.note({ second: free });
  return new Date(typeof noted?.['second'] === 'number' ? noted['second'] : free);
}

// Waited for, so that the id of a run says when it was started.
async function freeSecond(client: Client, name: string): Promise<Date> {
  for (;;) {
    const now = Date.now();
    const at = new Date(now - (now % second));
    const isTheClocks = at.getTime() % minute === 0;
    if (!isTheClocks && !(await isThere(client, toScheduledId(name, at)))) return at;
    await delay(at.getTime() + second - now);
  }
}

// The SDK's own trigger cannot say of which time it is (1.24).
async function fire(client: Client, name: string, at: Date): Promise<void> {
  const { identity } = client.options;
  const triggerImmediately = {
    overlapPolicy: besideOthers,
    scheduledTime: msToTs(at.getTime()),
  };
  try {
    await client.workflowService.patchSchedule({
      ...{ namespace: client.options.namespace, scheduleId: name, identity, requestId: randomUUID() },
      patch: { triggerImmediately },
    });
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === notFound) throw new NotThere(error.details, name);
    throw error;
  }
}

async function isThere(client: Client, workflowId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
