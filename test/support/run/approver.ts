import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../../../src/client/index.ts';
import { allEvents } from './all-events.ts';
import type { RunEnv } from './run-env.ts';

/** Somebody who approves all that a run asks for, as long as it is open. */
export interface Approver {
  isOpen: boolean;
  close(): Promise<void>;
}

/** Opens an {@link Approver}. Nobody may be there to take a decision: then it is offered again. */
export function openApprover({ store }: Pick<RunEnv, 'store'>, handle: Run): Approver {
  const approver = { isOpen: true, close };
  let isClosed = false;
  const decided = new Set<string>();
  const work = loop();
  async function loop(): Promise<void> {
    for (; !isClosed; await sleep(20)) {
      const row = await store.runs.find(handle.id);
      if (!approver.isOpen || row?.runKey !== handle.runKey) continue;
      for (const event of await allEvents(store, handle.runKey)) {
        if (isClosed || event.type !== 'approval:requested' || decided.has(event.approvalId)) continue;
        const id = event.approvalId;
        const offer = handle.approve({ id, by: 'ann' }).then(
          () => true,
          () => false,
        );
        // Whoever asked may be dead by now: a request that nobody takes must not hold up the next one.
        if (await Promise.race([offer, sleep(2000, false)])) decided.add(id);
      }
    }
  }
  async function close(): Promise<void> {
    isClosed = true;
    await work;
  }
  return approver;
}
