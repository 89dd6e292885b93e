import type { Session } from '../../client/connection/session.ts';
import { createJsonLog, type Log } from '../../host/log/log-lines.ts';
import { openTracing } from '../../host/tracing/open-tracing.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import type { RequestObservers } from './observe-requests.ts';

/** Who hears of requests, as the environment says it. */
export async function observersOf({ config: { tracing, worker } }: Pick<Session, 'config'>): Promise<RequestObservers> {
  return {
    log: worker.logFormat === 'json' ? createJsonLog((line) => void process.stdout.write(line)) : null,
    tracing: tracing ? await openTracing(tracing) : null,
  };
}

/** Where errors go that nobody expected, with the request that met them, if one did; with where they came from in JSON, or with GAFFER_DEBUG. */
export function errorLog(
  { say, config: { isDebug } }: Pick<Session, 'say' | 'config'>,
  log: Log | null,
): (error: unknown, requestId?: string) => void {
  return (error, requestId) => {
    if (log) return log.error('unexpected', { requestId, error: wordsOf(error) });
    const met = requestId === undefined ? 'Unexpected error' : `Unexpected error of request ${requestId}`;
    say(`${met}: ${isDebug ? safeText(wordsOf(error)) : safeLine(String(error))}`);
  };
}

// For the operator, who looks for where it came from.
function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}
