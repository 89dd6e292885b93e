import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { type ProcessIdentity, identify } from '../host/process-identity.ts';
import { safePath } from '../host/programs.ts';
import { spawnChild } from '../host/spawn-child.ts';
import { StackError } from './stack-error.ts';

const rotateAboveBytes = 8 * 1024 * 1024;
/** What a server may see: neither keys nor settings of other programs, `TEMPORAL_*` and `PG*` among them. */
const passedOn = ['HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'USERPROFILE', 'LOCALAPPDATA', 'LD_LIBRARY_PATH'];

/** The few variables that a server needs, and none of the user's secrets. */
export function serverEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return { ...Object.fromEntries(kept), PATH: safePath({ env }), LC_ALL: 'C' };
}

/**
 * Starts a server in a process group of its own, so that neither Ctrl-C nor this process's death ends it; its output goes to a log.
 *
 * @throws StackError when it cannot be run
 */
export async function startServer(options: {
  name: string;
  command: string;
  args: readonly string[];
  logFile: string;
  cwd: string;
  env: Record<string, string>;
  account?: { uid: number; gid: number } | undefined;
}): Promise<ProcessIdentity> {
  const { name, command, args, logFile, cwd, env, account } = options;
  rotateLog(logFile);
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawnChild(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log], ...account });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return identify(child.pid!) ?? { pid: child.pid!, stamp: 'ended at once' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackError('no-server', `${name} cannot be run: ${reason}`, { cause: error });
  } finally {
    closeSync(log);
  }
}

/** What a log says from `offset` on, at most its last 4 kB. */
export function logSince(logFile: string, offset: number): string {
  const size = logSize(logFile);
  const start = Math.max(offset <= size ? offset : 0, size - 4096);
  const buffer = Buffer.alloc(size - start);
  if (buffer.length === 0) return '';
  const file = openSync(logFile, 'r');
  try {
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, start));
  } finally {
    closeSync(file);
  }
}

/** Bytes in a log; 0 when there is none. */
export function logSize(logFile: string): number {
  try {
    return statSync(logFile).size;
  } catch {
    return 0;
  }
}

/** Puts a log aside that has become long. */
export function rotateLog(logFile: string): void {
  if (logSize(logFile) > rotateAboveBytes) renameSync(logFile, `${logFile}.1`);
}
