import { NativeConnection } from '@temporalio/worker';
import { workerOptionsOf, type TemporalTarget } from '../domain/temporal-target.ts';
import { reachTemporal } from '../host/front/reach-temporal.ts';

/** A worker's connection to Temporal. */
export async function connectWorker(target: TemporalTarget): Promise<NativeConnection> {
  return NativeConnection.connect(workerOptionsOf(await reachTemporal(target)));
}
