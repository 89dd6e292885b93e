import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkerSettings } from '../../../src/workers/settings.ts';
import { container } from '../base/container.ts';

/** A worker in a process of its own. */
export interface WorkerProcess {
  pid: number;
  /** When it was spawned, in ms since the epoch. */
  spawnedAt: number;
  /** When it polled. */
  readyAt: number;
  /** Stops it in the middle of whatever it does, so that the test can look around before it kills it. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL to the process alone, frozen or not: what it started must end by itself. */
  kill(): Promise<void>;
  /** Ends it as a service manager would. @returns its exit code */
  stop(): Promise<number | null>;
}

const main = fileURLToPath(new URL('worker-main.mjs', import.meta.url));

/** The workflow code that is delivered. */
export const builtBundle = fileURLToPath(new URL('../../../dist/workflow-bundle.js', import.meta.url));

/** Starts a worker process and waits until it polls. @throws Error with what it wrote when it does not come up */
export async function spawnWorker(
  settings: WorkerSettings,
  { isContained = false }: { isContained?: boolean } = {},
): Promise<WorkerProcess> {
  const spawnedAt = Date.now();
  const [command, ...args] = [...(isContained ? container : []), process.execPath, main] as [string, ...string[]];
  const child = spawn(command, args, {
    env: { ...process.env, GAFFER_TEST_WORKER: JSON.stringify(settings) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ready = once(child.stdout, 'data');
  await Promise.race([
    ready,
    exited.then(([code, signal]) => {
      throw new Error(`the worker process ended with ${signal ?? code}: ${output}`);
    }),
  ]);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    const [code] = await exited;
    return code;
  };
  return {
    pid: child.pid!,
    spawnedAt,
    readyAt: Date.now(),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async kill() {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}

/** Brings dist/ up to date, as worker processes run from there. `npm test` has done so already. */
export function buildIfStale(): void {
  const build = fileURLToPath(new URL('../../../scripts/build.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [build, '--if-stale'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the build failed:\n${stderr}`);
}
