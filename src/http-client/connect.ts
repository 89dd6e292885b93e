/// <reference lib="esnext.disposable" preserve="true" />
import type { Runs } from '../client/runs.ts';
import { checkOptions, type HttpOptions } from './http-options.ts';
import { createRuns } from './http-runs.ts';
import { realClock } from './patience.ts';
import { Transport } from './transport.ts';

/**
 * Connects to the runs of a service, `gaffer serve`: the same calls as `connect` of `gaffer-crew` gives, wherever there is a `fetch`. Nothing is
 * asked yet.
 *
 * Lost connections are made anew, and what was asked over them is asked again, without anything being done twice.
 *
 * @throws UsageError when an option cannot be meant
 *
 * @example
 * ```ts
 * import { connect } from 'gaffer-crew/client';
 *
 * const runs = await connect({ url: 'http://127.0.0.1:7450', key: process.env['GAFFER_KEY']! });
 * const run = await runs.start({ file: 'code-review', inputs: { files: ['src/index.ts'] } });
 * for await (const event of run.events()) console.log(event.seq, event.type);
 * console.log((await run.result()).status);
 * await runs.close();
 * ```
 */
export async function connect(options: HttpOptions): Promise<Runs<never>> {
  return createRuns(new Transport(checkOptions(options), realClock, options.signal));
}
