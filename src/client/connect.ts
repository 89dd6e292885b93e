/// <reference lib="esnext.disposable" preserve="true" />
import type { ConnectOptions } from './connect-options.ts';
import type { Runs } from './temporal-runs.ts';

/**
 * Connects to the runs of this folder, or of the servers that are named.
 *
 * @throws UnreachableError when nothing runs there and nothing is to be started
 *
 * @example
 * ```ts
 * import { connect } from 'gaffer-crew';
 *
 * const runs = await connect();
 * for (const { runId, status } of await runs.list({ limit: 10 })) console.log(runId, status);
 * await runs.close();
 * ```
 */
export async function connect(options: ConnectOptions = {}): Promise<Runs> {
  const [{ openPlace }, { createRuns }] = await Promise.all([
    import('./connection/open-place.ts'),
    import('./create-runs.ts'),
  ]);
  return createRuns(await openPlace(options));
}
