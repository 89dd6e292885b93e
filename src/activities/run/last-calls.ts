import { setTimeout as sleep } from 'node:timers/promises';
import { hasOpenCalls } from '../../store/gateway/calls.ts';
import { endTokensOfRun } from '../../store/gateway/tokens.ts';
import type { WorkerStore } from '../../store/open-store.ts';

/** So long a run's end waits for calls that gateways have under way, in ms: well within the step's time. */
const longestMs = 20_000;
const lookEveryMs = 100;

/**
 * Has what a run paid stand in its result: of what nobody waits for any more nothing begins, and what is under way comes to its end first. What
 * takes longer is in the ledger when it has.
 */
export async function awaitLastCalls({ sql }: Pick<WorkerStore, 'sql'>, no: number): Promise<void> {
  await endTokensOfRun(sql, no);
  const until = performance.now() + longestMs;
  while (await hasOpenCalls(sql, no)) {
    if (performance.now() > until) return;
    await sleep(lookEveryMs);
  }
}
