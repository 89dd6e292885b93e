import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import { afterAwake } from '../host/awake-timer.ts';
import { pingStore } from '../store/database/inspect.ts';
import type { WorkerStore } from '../store/open-store.ts';
import { StoreError } from '../store/store.ts';
import type { WorkerSettings } from './settings.ts';

/** A server that a worker cannot work without. */
export interface WatchedServer {
  /** How people know it: `Temporal at 127.0.0.1:7233`. */
  name: string;
  /** Rejects when it says no; one that says nothing is not waited for. */
  ask: () => Promise<unknown>;
}

const everyMs = 5_000;
/** A busy server is not a lost one. */
const answerWithinMs = 15_000;
/** So many rounds without an answer: one failure may be a busy moment. */
const lostAfterRounds = 2;

/** Says when one of them is lost, and when it is back: the worker itself tries again by itself, and would look as if it worked. */
export function watchServers(
  servers: readonly WatchedServer[],
  say: (line: string) => void,
  { pauseMs = everyMs, patienceMs = answerWithinMs }: Partial<Pick<Watching, 'pauseMs' | 'patienceMs'>> = {},
): { stop(): void } {
  const stopping = new AbortController();
  const { signal } = stopping;
  for (const server of servers) void watch(server, { say, pauseMs, patienceMs, signal });
  return { stop: () => stopping.abort() };
}

/** The servers of a worker. */
export function serversOf(
  { temporal, databaseUrl }: Pick<WorkerSettings, 'temporal' | 'databaseUrl'>,
  { store, connection }: { store: WorkerStore; connection: NativeConnection },
): WatchedServer[] {
  const orBusy = (error: unknown): void => {
    if (error instanceof StoreError && error.reason === 'unreachable') throw error;
  };
  return [
    {
      // One with a socket may come back on another port.
      name: temporal.socket === undefined ? `Temporal at ${temporal.address}` : 'The embedded Temporal server',
      ask: () =>
        connection.withDeadline(Date.now() + answerWithinMs, () => connection.workflowService.getSystemInfo({})),
    },
    {
      name: `The database at ${decodeURIComponent(new URL(databaseUrl).host)}`,
      ask: () => pingStore(store.sql).catch(orBusy),
    },
  ];
}

interface Watching {
  say: (line: string) => void;
  pauseMs: number;
  /** How long an answer is waited for. */
  patienceMs: number;
  signal: AbortSignal;
}

async function watch({ name, ask }: WatchedServer, { say, pauseMs, patienceMs, signal }: Watching): Promise<void> {
  let open: Promise<string | null> | undefined;
  let isLost = false;
  let answeredAt = performance.now();
  while (!signal.aborted) {
    // One question at a time: each holds a connection. An answer that comes later, in a pause too, is the next round's.
    open ??= problemOf(ask);
    const reason = await within(patienceMs, open);
    if (reason !== undefined) open = undefined;
    if (signal.aborted) return;
    if (reason === null) {
      if (isLost) say(`${name} is back, and this worker goes on.`);
      isLost = false;
      answeredAt = performance.now();
    } else if (!isLost && performance.now() - answeredAt >= lostAfterRounds * pauseMs) {
      isLost = true;
      say(
        `${name} is lost (${reason ?? `no answer within ${patienceMs / 1000} s`}). This worker goes on as soon as it is back.`,
      );
    }
    await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

function problemOf(ask: WatchedServer['ask']): Promise<string | null> {
  return ask().then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

// A stopped server, or one behind a dead line, neither answers nor refuses: undefined.
function within<T>(patienceMs: number, answer: Promise<T>): Promise<T | undefined> {
  let forget: () => void = () => undefined;
  const silence = new Promise<undefined>((resolve) => {
    forget = afterAwake(patienceMs, () => resolve(undefined));
  });
  return Promise.race([answer, silence]).finally(forget);
}
