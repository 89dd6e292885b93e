import { createHash } from 'node:crypto';

/** Which session of which attempt; `number`: of the session, its tries included. */
export interface SessionKey {
  runKey: string;
  taskId: string;
  attempt: number;
  number: string;
}

/** The UUID of a session (version 8): the same, whoever asks, so that a program refuses to start it twice. */
export function toSessionId({ runKey, taskId, attempt, number }: SessionKey): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([runKey, taskId, attempt, number]))
    .digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex').slice(0, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
