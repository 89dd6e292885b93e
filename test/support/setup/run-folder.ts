import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder below which everything lies that a test run makes. */
export interface RunFolder {
  path: string;
  /** Stops and removes everything in it, and the folder. */
  remove(): Promise<void>;
}

const guardScript = fileURLToPath(new URL('guard.ts', import.meta.url));

/**
 * Makes the folder, with a guard that removes it when this process is gone, however it went. Temporary folders lie in it from now on.
 *
 * `others` are folders that this process would remove itself, were it not interrupted.
 */
export function guardedRunFolder(others: readonly string[]): RunFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-tests-')));
  // The account of the embedded PostgreSQL has to get through it.
  chmodSync(path, 0o755);
  const guard = spawn(process.execPath, ['--import', 'tsx', guardScript, path, ...others], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const gone = once(guard, 'exit');
  guard.stdin.on('error', () => undefined);
  guard.unref();
  process.env['TMPDIR'] = path;
  const release = (word: string): Promise<unknown> => {
    guard.stdin.end(word);
    return gone;
  };
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
    process.once(signal, () => void release('').then(() => process.exit(code)));
  }
  endWithParent(() => void release('').then(() => process.exit(1)));
  return { path, remove: async () => void (await release('done')) };
}

/** Calls back when the process that started this one is gone: nobody waits for the result any more. */
export function endWithParent(end: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    end();
  }, 250);
  watch.unref();
}
