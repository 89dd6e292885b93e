import { setMaxListeners } from 'node:events';
import type { ClientInterceptors } from '@temporalio/client';
import type { Config } from '../../config/config.ts';
import type { Stack, StackOptions } from '../../dev/stack.ts';
import { UnreachableError } from '../../domain/errors.ts';
import type { TemporalTarget } from '../../domain/temporal-target.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import type { CallerBounds } from '../access/caller-bounds.ts';
import type { Crew, CrewGateway } from '../crew/crew.ts';
import { NothingHereError } from '../errors.ts';
import type { CutOffWatch } from '../follow/cut-off-watch.ts';
import { Cleanup } from './cleanup.ts';
import type { Once } from './once.ts';
import { orUnreachable } from './or-unreachable.ts';
import type { TemporalConnection } from './temporal-connection.ts';

/** Where somebody stands: a folder, and what its environment says. */
export interface Place {
  cwd: string;
  config: Config;
}

/** How to open a session. */
export interface SessionOptions {
  /** Progress of our own, one line each. */
  say: StackOptions['say'];
  /** Asked before anything is downloaded; left out: it goes ahead. */
  confirmDownload?: (question: string) => Promise<boolean>;
  /**
   * What to do when nothing runs: start it, or fail. Both count this process as a user of the stack, so that nobody stops it
   * meanwhile. `read` and `database` need the database alone: it is started where its data lie, and with `database` made where
   * there are none. Temporal is only asked where it runs already.
   */
  whenAbsent: 'start' | 'fail' | 'read' | 'database';
  /** What it starts goes on without it, so no worker of this process works on that. */
  workOutlives?: boolean;
  /** It is about runs of before: where nothing ever ran there are none, and nothing is started or made. */
  needsHome?: boolean;
  /** Temporal as a program names it, with keys that no environment has. */
  temporal?: TemporalTarget;
  /** Whose workers do the work of new runs, whatever their model is. */
  taskQueue?: string;
  /** The process is Gaffer's own: a gateway is part of it unless it is said otherwise, and keys leave its environment for there. */
  ownsProcess?: boolean;
  /** What stands before every call of Temporal that the client makes. */
  clientInterceptors?: ClientInterceptors;
}

/** The servers of a session. */
export interface Servers {
  stack: Stack;
  /** Whether this process started them, and so stops them. */
  ownsStack: boolean;
  /** How to reach Temporal: the stack's own server, or the configured one with its keys. */
  temporal: TemporalTarget;
}

/** A stack that runs, with its store and its connection to Temporal: what every face works on. */
export interface Session extends Place {
  readonly home: string;
  /** Whose runs it sees and starts, see `tenant-session.ts`; null: it sees all, and starts those of `default`. */
  readonly tenant: string | null;
  /** What is asked through it is one request that may be repeated; left out: each time is another. */
  readonly once?: Once;
  /** Told the whole id of each run right before it is started; when it throws, nothing is. */
  readonly beforeStart?: (runId: string) => Promise<void>;
  /** What its caller may not bring; not there: it is somebody at a terminal, or a program of the user's. */
  readonly bounds?: CallerBounds;
  readonly store: WorkerStore;
  /** Of that store, with the password in it. */
  readonly databaseUrl: string;
  readonly say: StackOptions['say'];
  /** Whether it starts what is missing, workers included. */
  readonly startsWorkers: boolean;
  /** See {@link SessionOptions.workOutlives}. */
  readonly workOutlives: boolean;
  /** See {@link SessionOptions.ownsProcess}. */
  readonly ownsProcess: boolean;
  /** Gateways that workers of this process use, by whom they ask. */
  readonly gateways: Map<string, Promise<CrewGateway>>;
  /** Named by a program: see {@link SessionOptions.taskQueue}. */
  readonly taskQueue: string | undefined;
  /** Workers of this process that runs were started on, by what such a run needs. */
  readonly crews: Map<string, Promise<Crew>>;
  /** One for each worker of this process: rejects when that worker dies by itself. */
  readonly failures: Promise<never>[];
  /** On the runs that are followed here, by run key. */
  readonly watches: Map<string, CutOffWatch>;
  /** Opened by then, except in a session that needs the database alone. @throws UnreachableError there, where none run */
  servers(): Promise<Servers>;
  /** One connection for all. Gives up after 5 s. */
  connect(): Promise<TemporalConnection>;
  /** Undone in reverse order by {@link Session.close}: what is added on top (model, worker) goes in here. */
  readonly cleanup: Cleanup;
  /** Aborted when it is being closed: nothing more comes of its connections. */
  readonly closing: AbortSignal;
  close(): Promise<void>;
}

/**
 * Finds the stack or starts it, and opens the store (its schema is brought up to date).
 *
 * @throws NothingHereError where there is nothing to read
 * @throws StackError, StoreError, UnreachableError; what was started until then is stopped again
 */
export async function openSession(place: Place, options: SessionOptions): Promise<Session> {
  const { cwd, config } = place;
  const cleanup = new Cleanup();
  return cleanup.orUndo(async () => {
    const home = await findHomeOf(place, options);
    const servers = once(() => openServers(place, options, cleanup));
    const isStoreEnough = options.whenAbsent === 'read' || options.whenAbsent === 'database';
    const url = isStoreEnough ? await openDatabase(place, options, cleanup) : (await servers()).stack.databaseUrl;
    const store = await openStoreOf(config, url);
    cleanup.add(() => store.close());
    const connect = once(async () => {
      const { temporal } = await servers();
      const { connectTemporal } = await import('./temporal-connection.ts');
      const interceptors = await interceptorsOf(place, options, cleanup);
      const connection = await orUnreachable(temporal, () => connectTemporal(temporal, interceptors));
      cleanup.add(() => connection.close());
      return connection;
    });
    const closing = new AbortController();
    // However many wait for a database that is away for a while.
    setMaxListeners(0, closing.signal);
    return {
      ...{ cwd, config, home, tenant: null, store, databaseUrl: url, servers, connect, cleanup },
      ...{ crews: new Map(), gateways: new Map(), failures: [], watches: new Map(), closing: closing.signal },
      ...{ say: options.say, startsWorkers: options.whenAbsent === 'start', taskQueue: options.taskQueue },
      ...{ workOutlives: options.workOutlives === true, ownsProcess: options.ownsProcess === true },
      close() {
        closing.abort();
        return cleanup.run();
      },
    };
  });
}

async function findHomeOf({ cwd, config }: Place, { needsHome = false }: SessionOptions): Promise<string> {
  const { findHome, hasHome } = await import('../../config/home.ts');
  const home = findHome({ cwd, env: config.environment });
  if (needsHome && config.databaseUrl === null && !hasHome(home)) throw new NothingHereError(home.path);
  return home.path;
}

// Nothing of it is loaded where nobody collects spans.
async function interceptorsOf(
  { config: { tracing: settings } }: Place,
  { clientInterceptors = {} }: SessionOptions,
  cleanup: Cleanup,
): Promise<ClientInterceptors> {
  if (!settings) return clientInterceptors;
  const [{ openTracing }, { withTracedStarts }] = await Promise.all([
    import('../../host/tracing/open-tracing.ts'),
    import('./traced-starts.ts'),
  ]);
  const tracing = await openTracing(settings);
  cleanup.add(() => tracing.flush());
  return withTracedStarts(clientInterceptors, tracing);
}

/** Address of a page of the Temporal Web UI, to be opened once; null where there is none. */
export function webAddress({ stack }: Pick<Servers, 'stack'>, webPath: string): string | null {
  return stack.temporal.webUi?.(webPath) ?? null;
}

/** @returns the address of the database: what is named, what runs, or what was started for it alone */
async function openDatabase(
  { cwd, config }: Place,
  { say, confirmDownload, whenAbsent }: SessionOptions,
  cleanup: Cleanup,
): Promise<string> {
  if (config.databaseUrl !== null) return config.databaseUrl;
  const [{ findHome }, { startDatabase }] = await Promise.all([
    import('../../config/home.ts'),
    import('../../dev/database-alone.ts'),
  ]);
  const home = findHome({ cwd, env: config.environment });
  const creates = whenAbsent === 'database';
  const settings = { home, env: config.environment, say, creates, ...(confirmDownload && { confirmDownload }) };
  const database = await startDatabase(settings);
  if (!database) throw new NothingHereError(home.path);
  cleanup.add(() => database.stop());
  return database.url;
}

async function openServers(place: Place, options: SessionOptions, cleanup: Cleanup): Promise<Servers> {
  const { cwd, config } = place;
  const [{ findHome }, { findStack, startStack }] = await Promise.all([
    import('../../config/home.ts'),
    import('../../dev/stack.ts'),
  ]);
  const home = findHome({ cwd, env: config.environment });
  const { say, confirmDownload, whenAbsent } = options;
  const isThere = whenAbsent === 'start' ? undefined : await findStack(home, config.environment);
  const withTarget = (stack: Stack): Servers => {
    const keys = config.payloadKeys && { payloadKeys: config.payloadKeys };
    const temporal = { ...keys, ...(options.temporal ?? stack.temporal.target) };
    return { stack, ownsStack: stack.started, temporal };
  };
  if (isThere && whenAbsent !== 'fail') return withTarget(isThere);
  if (!isThere && whenAbsent !== 'start') {
    throw new UnreachableError('nothing runs here: `gaffer dev` starts Temporal, the database and a worker.');
  }
  const stack = await startStack({ home, env: config.environment, say, ...(confirmDownload && { confirmDownload }) });
  cleanup.add(() => stack.stop());
  if (stack.started) say(startedLine(home.path, stack, config));
  return withTarget(stack);
}

/** The one line of what a command started for itself; details say the rest. */
function startedLine(home: string, { temporal }: Stack, { temporal: given, databaseUrl }: Config): string {
  const parts = [
    ...(given.isGiven ? [] : [`Temporal ${temporal.version}`]),
    ...(databaseUrl === null ? ['PostgreSQL'] : []),
  ];
  return `Started ${parts.join(' and ')}, data in ${home} (--verbose says more)`;
}

async function openStoreOf({ databaseUrl }: Config, url: string): Promise<WorkerStore> {
  const { openStore } = await import('../../store/open-store.ts');
  return openStore(url).catch((error: Error & { reason?: string }) => {
    if (databaseUrl === null || error.reason !== 'unreachable') throw error;
    const wayOut = 'check it, or unset DATABASE_URL to use the embedded one';
    throw new UnreachableError(`${error.message}. DATABASE_URL names ${new URL(url).host}: ${wayOut}.`, {
      cause: error,
    });
  });
}

/** Does something when it is first asked for; done again only after it failed. */
function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let done: Promise<Result> | undefined;
  return () =>
    (done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    }));
}
