import { randomUUID } from 'node:crypto';
import { fingerprint } from '../../domain/fingerprint.ts';
import { processPlace } from '../../host/process-place.ts';
import { stampOf } from '../../host/process-stamp.ts';

/**
 * What this worker is called in Temporal, `pid@host#beginning-place`: its number, when it began, so that no later process is taken for it,
 * and where it is counted, so that none of another container is.
 */
export function workerIdentity(host: string): string {
  return `${process.pid}@${host}#${beginningOf(process.pid) ?? 'unknown'}-${place() ?? noPlace}`;
}

// Where processes cannot be told apart, nobody else is of the same place.
const noPlace = randomUUID().slice(0, 8);

/**
 * Whether an identity is that of a worker whose process would be counted among ours, and is gone. Of all others, those of older versions
 * too, we cannot know: Temporal's timeouts find out.
 */
export function isOurDead(identity: string | null | undefined): boolean {
  const [, pid, beginning, where] = /^(\d+)@.+#(\w+)-(\w+)$/.exec(identity ?? '') ?? [];
  if (where === undefined || where !== place()) return false;
  const now = beginningOf(Number(pid));
  return now !== null && now !== beginning;
}

// Null: there is somebody, and we may not look at them.
function beginningOf(pid: number): string | null | undefined {
  const stamp = stampOf(pid);
  return stamp && fingerprint(stamp);
}

function place(): string | undefined {
  const found = processPlace();
  return found && fingerprint(found);
}

/** Where the process of a worker with this identity is counted; nowhere twice where processes cannot be told apart. */
export function placeOfIdentity(identity: string): string {
  return identity.slice(identity.lastIndexOf('-') + 1);
}
