import { lstatSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Longest time in ms between the moment that a command's covers are made and the one that bubblewrap holds its lock. The process that starts
 * it may stand still in between (`domain/run/standstill.ts`); waiting too long costs an empty folder that stays a little longer.
 */
export const startMs = 30_000;

/** Whether a sandboxed command runs in a workspace, of any process: bubblewrap holds a lock on the folder for as long as it runs. */
export function isCommandRunning(workspace: string): boolean {
  try {
    const { ino } = lstatSync(workspace, { bigint: true });
    return readFileSync('/proc/locks', 'utf8').includes(`:${ino} `);
  } catch {
    return false;
  }
}

/** Whether no command runs in a workspace. One that has just been killed may hold its lock a moment longer, which is waited for. */
export async function isQuiet(workspace: string): Promise<boolean> {
  for (let round = 0; isCommandRunning(workspace); round++) {
    if (round === 5) return false;
    await sleep(20);
  }
  return true;
}
