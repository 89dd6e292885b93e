import type { GafferClient } from '../../client/runs.ts';
import type { Config } from '../../config/config.ts';
import type { Stack, StackOptions } from '../../dev/stack.ts';
import type { TemporalTarget } from '../../domain/temporal-target.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import { askYesNo } from '../options/ask.ts';
import { Cleanup } from '../base/cleanup.ts';
import type { CommandContext } from '../base/context.ts';
import { GafferError, UnreachableError } from '../../domain/errors.ts';

/** A stack that runs, with its store and its client. */
export interface Session {
  home: string;
  stack: Stack;
  /** Whether this command started the stack, and so stops it. */
  ownsStack: boolean;
  store: WorkerStore;
  /** How to reach Temporal: the stack's own server, or the configured one with its keys. */
  temporal: TemporalTarget;
  /** The client that starts runs on that task queue. Gives up after 5 s. */
  connect(taskQueue: string): Promise<GafferClient>;
  /** Undone in reverse order by {@link Session.close}: what a command adds on top (model, worker) goes in here. */
  cleanup: Cleanup;
  close(): Promise<void>;
}

/** How to open a session. */
export interface SessionOptions {
  /** Progress of our own, one line each. */
  say: StackOptions['say'];
  /** Downloads without asking. */
  yes: boolean;
  /**
   * What to do when nothing runs: start it, or fail. Both count this command as a user of the stack, so that nobody stops it
   * meanwhile. `borrow` starts it too, but only looks in on one that runs.
   */
  whenAbsent: 'start' | 'fail' | 'borrow';
}

/** What of a {@link Session} a command needs that only reads. */
export type ReadingSession = Pick<Session, 'home' | 'store' | 'close'>;

/**
 * Finds the stack or starts it, and opens the store (its schema is brought up to date).
 *
 * @throws StackError, StoreError, UnreachableError; what was started until then is stopped again
 */
export async function openSession(context: CommandContext, options: SessionOptions): Promise<Session> {
  const cleanup = new Cleanup();
  return cleanup.orUndo(async () => {
    const { home, stack, ownsStack } = await openStack(context, options, cleanup);
    const temporal = await targetOf(context.config, stack);
    const store = await openStoreOf(context.config, stack.databaseUrl);
    cleanup.add(() => store.close());
    const clients = new Map<string, Promise<GafferClient>>();
    const open = async (taskQueue: string): Promise<GafferClient> => {
      const { connectGaffer } = await import('../../client/runs.ts');
      const client = await orUnreachable(temporal, () => connectGaffer({ temporal, store, taskQueue }));
      cleanup.add(() => client.close());
      return client;
    };
    const connect = (taskQueue: string): Promise<GafferClient> => {
      const client = clients.get(taskQueue) ?? open(taskQueue);
      clients.set(taskQueue, client);
      return client;
    };
    return { home, stack, ownsStack, store, temporal, connect, cleanup, close: () => cleanup.run() };
  });
}

async function targetOf(config: Config, { temporal: { address, namespace } }: Stack): Promise<TemporalTarget> {
  if (!config.temporal.isGiven) return { address, namespace };
  const { loadTemporalSettings } = await import('../../config/config.ts');
  return loadTemporalSettings(config.environment);
}

/** The store alone, for commands that read: the named database, the running stack's, or that of a stack started for it. */
export async function openForReading(context: CommandContext, say: (line: string) => void): Promise<ReadingSession> {
  const cleanup = new Cleanup();
  return cleanup.orUndo(async () => {
    const { findHome } = await import('../../config/home.ts');
    const named = context.config.databaseUrl;
    const home = findHome({ cwd: context.cwd, env: context.config.environment }).path;
    const url =
      named ?? (await openStack(context, { say, yes: false, whenAbsent: 'borrow' }, cleanup)).stack.databaseUrl;
    const store = await openStoreOf(context.config, url);
    cleanup.add(() => store.close());
    return { home, store, close: () => cleanup.run() };
  });
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

/** Errors of the SDK that mean that nobody answered. */
const connectionErrors = /^(TransportError|ServiceError|GrpcServiceError)$|deadline|connect|UNAVAILABLE/i;

/** Does something that connects to Temporal. @throws UnreachableError naming the address when nobody answers there */
export async function orUnreachable<Result>({ address }: TemporalTarget, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const isConnection =
      error instanceof Error && (connectionErrors.test(error.name) || connectionErrors.test(error.message));
    if (!isConnection || error instanceof GafferError) throw error;
    const message = `Temporal does not answer at ${address}: check TEMPORAL_ADDRESS, or unset it to use the embedded server.`;
    throw new UnreachableError(message, { cause: error });
  }
}

/** Address of a run's page in the Temporal Web UI; null where there is none. */
export function webAddress(session: Session, webPath: string): string | null {
  const { uiUrl } = session.stack.temporal;
  return uiUrl === null ? null : `${uiUrl.replace(/\/+$/, '')}/${webPath.replace(/^\/+/, '')}`;
}

async function openStack(
  { cwd, config, terminal }: CommandContext,
  { say, yes, whenAbsent }: Pick<SessionOptions, 'say' | 'yes' | 'whenAbsent'>,
  cleanup: Cleanup,
): Promise<{ home: string; stack: Stack; ownsStack: boolean }> {
  const [{ findHome }, { findStack, startStack }] = await Promise.all([
    import('../../config/home.ts'),
    import('../../dev/stack.ts'),
  ]);
  const home = findHome({ cwd, env: config.environment });
  const isThere = whenAbsent === 'start' ? undefined : await findStack(home, config.environment);
  if (isThere && whenAbsent === 'borrow') return { home: home.path, stack: isThere, ownsStack: false };
  if (!isThere && whenAbsent === 'fail') {
    throw new UnreachableError('nothing runs here: `gaffer dev` starts Temporal, the database and a worker.');
  }
  const confirmDownload = async (question: string): Promise<boolean> =>
    yes || config.isCi || !terminal.canAsk || (await askYesNo(question));
  const stack = await startStack({ home, env: config.environment, say, confirmDownload });
  cleanup.add(() => stack.stop());
  return { home: home.path, stack, ownsStack: stack.started };
}
