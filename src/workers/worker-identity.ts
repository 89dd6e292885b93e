import { identify } from '../host/process-identity.ts';
import { fingerprint } from '../domain/fingerprint.ts';

/** What this worker is called in Temporal: process number and host, and when it began, so that no later process is taken for it. */
export function workerIdentity(host: string): string {
  return `${process.pid}@${host}#${beginningOf(process.pid)}`;
}

/** Whether an identity is that of a worker of this host whose process is gone. */
export function isOurDead(identity: string | null | undefined, host: string): boolean {
  const [, pid, where, beginning] = /^(\d+)@(.+)#(\w+)$/.exec(identity ?? '') ?? [];
  return where === host && beginningOf(Number(pid)) !== beginning;
}

function beginningOf(pid: number): string | undefined {
  const process = identify(pid);
  return process && fingerprint(process.stamp);
}
