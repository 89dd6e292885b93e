import type { TrafficStore } from '../../store/service/traffic.ts';
import { ProblemError } from '../problem.ts';

/** Most streams that a key has open at once, over all processes. */
export const maxStreams = 20;

/** How long a stream counts that nobody says more of: that of a process that was killed. */
const leaseLastsMs = 45_000;
const renewEveryMs = 15_000;

/** A stream's place among those of its key. */
export interface StreamLease {
  /** Aborted when the stream has to end: its key is no longer valid. */
  readonly ended: AbortSignal;
  close(): Promise<void>;
}

/** Takes a place for a stream, and keeps it until it is closed. @throws ProblemError 429 when the key has as many as it may */
export async function openStreamLease(traffic: TrafficStore, keyId: string): Promise<StreamLease> {
  const id = await traffic.openStream(keyId, { most: maxStreams, lastsMs: leaseLastsMs });
  if (id === null) {
    throw new ProblemError(429, {
      code: 'too-many-streams',
      detail: `this key has ${maxStreams} streams open: close one, or follow several runs in one stream.`,
      headers: { 'Retry-After': String(renewEveryMs / 1000) },
    });
  }
  const ending = new AbortController();
  const timer = setInterval(() => {
    traffic.renewStream(id, leaseLastsMs).then(
      (isKept) => !isKept && ending.abort(),
      // The database is away: the stream has nothing to tell either, and is renewed when it is back.
      () => undefined,
    );
  }, renewEveryMs);
  timer.unref();
  return {
    ended: ending.signal,
    async close() {
      clearInterval(timer);
      await traffic.closeStream(id);
    },
  };
}
