import { CancelledFailure } from '@temporalio/common';
import type { BrokenCall } from '../../calls/bill-broken.ts';
import { billBroken } from '../../calls/bill-broken.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { giveBack } from './call-up.ts';

/** Bills what a provider had counted of a call that broke off. Where that leaves no room for the retry, this one asks for its budget anew. */
export async function billBrokenCall(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
  { error, ...call }: Omit<BrokenCall, 'why'> & { error: unknown },
): Promise<void> {
  const { isFull } = await billBroken(store, run, { ...call, why: wordsOf(error) });
  if (isFull) await giveBack({ store }, run, call);
}

function wordsOf(error: unknown): string {
  // Temporal's reasons are names, such as WORKER_SHUTDOWN.
  if (error instanceof CancelledFailure) return `given up: ${error.message.toLowerCase().replaceAll('_', ' ')}`;
  return error instanceof Error ? error.message : String(error);
}
