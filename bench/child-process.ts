import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** A process of the benchmark. It ends with this one, as its channel closes. */
export interface BenchProcess<Ready> {
  pid: number;
  /** What it said when it was ready. */
  ready: Ready;
  ask<Reply>(request: object | string): Promise<Reply>;
  stop(): Promise<void>;
  /** Ends it at once, as a crash does (SIGKILL). */
  kill(): Promise<void>;
}

/** A process that may be killed and started anew: `current` is the one that lives. */
export interface Restartable {
  readonly current: BenchProcess<unknown>;
  /** @returns when the old one was gone, in ms since 1970 */
  killAndStart(): Promise<number>;
}

/** Starts a file of this folder so that it can be killed and started again with the same settings. */
export async function startRestartable(...how: Parameters<typeof startProcess>): Promise<Restartable> {
  let current = await startProcess(...how);
  return {
    get current() {
      return current;
    },
    async killAndStart() {
      await current.kill();
      const goneAt = Date.now();
      current = await startProcess(...how);
      return goneAt;
    },
  };
}

/** Starts a file of this folder in a process of its own and waits until it says that it is ready. */
export async function startProcess<Ready>(
  file: string,
  settings: object = {},
  nodeArguments: string[] = [],
): Promise<BenchProcess<Ready>> {
  const child = fork(compile(file), [JSON.stringify(settings)], {
    execArgv: nodeArguments,
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ready = await nextMessage<Ready>(child, file);
  return {
    pid: child.pid!,
    ready,
    ask: (request) => {
      const reply = nextMessage(child, file);
      child.send(request);
      return reply as Promise<never>;
    },
    async stop() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
    async kill() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

// Users run JavaScript: a loader in the process would cost both programs what they do not pay.
function compile(file: string): string {
  const [source, target] = [file, `.built/${basename(file, '.ts')}-${basename(dirname(file))}.mjs`].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  buildSync({
    ...{ entryPoints: [source!], outfile: target!, bundle: true, packages: 'external' },
    ...{ platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' },
  });
  return target!;
}

async function nextMessage<Message>(child: ChildProcess, file: string): Promise<Message> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as Message),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`bench/${file} ended with ${code}: see its output above`);
      }),
    ]);
  } finally {
    stop.abort();
  }
}
