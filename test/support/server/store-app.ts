import { randomBytes, randomUUID } from 'node:crypto';
import type { Session } from '../../../src/client/connection/session.ts';
import { UnreachableError } from '../../../src/domain/errors.ts';
import type { RunEventDraft } from '../../../src/domain/run/run-events.ts';
import { createApp } from '../../../src/server/app.ts';
import type { Routes } from '../../../src/server/route.ts';
import { Streams, type StreamDeps } from '../../../src/server/sse/streams.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { plan as testPlan } from '../plan/builders.ts';

/** A service on a store, without a Temporal: what it tells of runs that are told by hand. */
export interface StoreApp {
  app: Routes;
  streams: Streams;
  session: Session;
}

/** One process of the service, as far as streams go. */
export function createStoreApp(store: WorkerStore, more: Partial<StreamDeps> = {}): StoreApp {
  const connect = () => Promise.reject(new UnreachableError('no Temporal here: only the store says how runs go'));
  const session = {
    ...{ cwd: '/nowhere', home: '/nowhere/.gaffer' },
    ...{ store, connect, failures: [], crews: new Map(), watches: new Map(), say: () => undefined },
    ...{ closing: new AbortController().signal, startsWorkers: false, config: { databaseUrl: 'postgres://here' } },
  } as unknown as Session;
  const logError = (error: unknown): void => {
    throw error;
  };
  const streams = new Streams({ store, logError, ...more });
  return { app: createApp({ session, logError, guards: [asOperator], streams }), streams, session };
}

/** Everybody has a key of their own; "x-key: key" has the one that is kept. */
const asOperator: Parameters<typeof createApp>[0]['guards'][number] = async (c, next) => {
  const keyId = c.req.header('x-key') ?? randomUUID();
  c.set('principal', { keyId, name: 'test', tenant: 'default', scopes: ['admin'], roles: [] });
  c.set('origin', 'http://localhost');
  await next();
};

/** Keeps the key that those who ask have. */
export async function keepKey(store: WorkerStore): Promise<void> {
  const hash = randomBytes(32);
  await store.keys.create({
    id: 'key',
    name: 'test',
    tenant: 'default',
    scopes: ['admin'],
    roles: [],
    hash,
    lastsMs: null,
  });
}

/** A run whose events a test tells. */
export interface ToldRun {
  id: string;
  runKey: string;
  /** Tells that many events. */
  tell(count: number, text?: string): Promise<void>;
  /** Tells its last event. */
  end(): Promise<void>;
}

/** Opens a run. */
export async function openToldRun(store: WorkerStore, name = 'told'): Promise<ToldRun> {
  const runKey = randomUUID();
  const id = `${name}-${runKey.slice(0, 8)}`;
  const plan = testPlan();
  const planHash = await savePlan(store.sql, plan);
  const run = { runKey, runId: id, temporalRunId: randomUUID(), plan, planHash, board: id, launch: null };
  const no = await openRun(store.sql, run, { nano: 1, tokens: null });
  let told = 0;
  return {
    ...{ id, runKey },
    async tell(count, text = 'Something happened.') {
      const events = Array.from({ length: count }, (): RunEventDraft => ({
        key: `log/${++told}`,
        type: 'run:log',
        text,
      }));
      await store.events.append(runKey, events);
    },
    async end() {
      await store.sql.query(`update runs set status = 'succeeded', ended_at = now() where no = $1`, [no]);
      const last: RunEventDraft = {
        key: 'end',
        type: 'workflow:results',
        status: 'succeeded',
        reason: null,
        tasks: {},
      };
      await store.events.append(runKey, [last]);
    },
  };
}
