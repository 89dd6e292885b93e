import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of the benchmark. It ends with this one, as its channel closes. */
export interface BenchProcess<Ready> {
  pid: number;
  /** What it said when it was ready. */
  ready: Ready;
  ask<Reply>(request: object | string): Promise<Reply>;
  stop(): Promise<void>;
}

/** Starts a file of this folder in a process of its own and waits until it says that it is ready. */
export async function startProcess<Ready>(
  file: string,
  settings: object = {},
  nodeArguments: string[] = [],
): Promise<BenchProcess<Ready>> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(settings)], {
    execArgv: ['--import', 'tsx', ...nodeArguments],
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
  };
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
