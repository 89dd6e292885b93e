/*
 * The servers that a worker's runs use.
 * P1 A server is started when it is first used: one for each run, workspace and lease, as it may remember what it was told, and no run is to hear of another's.
 * P2 It goes when its run is over, when nobody used it for ten minutes and nothing stands still at it, and with the worker, however that ends.
 * P3 Only what somebody at this worker's machine trusted is started, whatever a stored plan says.
 */
import type { McpPlan, McpServer, McpSource, OfferedTool } from '../../domain/mcp/mcp-server.ts';
import { serversIn } from '../../domain/mcp/read-servers.ts';
import { connectServer, type McpConnection } from './connection.ts';
import { openWay, type ServerPlace, type WaySettings } from './server-way.ts';

/** What servers are reached with. */
export interface PoolSettings extends WaySettings {
  /** Whether somebody at this machine allowed what a file says of servers. */
  isTrusted: (source: McpSource) => boolean;
}

/** Which server is meant. */
export interface ServerWish {
  runKey: string;
  mcp: McpPlan;
  server: string;
  place: ServerPlace;
}

/** A server that is there, with its tools in its own order. */
export interface LivingServer {
  server: McpServer;
  connection: McpConnection;
  /** @throws Error in words for the model */
  offered(signal: AbortSignal): Promise<readonly OfferedTool[]>;
}

/** How long a greeting or a list may take, in ms. */
const greetingMs = 20_000;
const idleMs = 10 * 60_000;

interface Entry {
  runKey: string;
  living: Promise<LivingServer>;
  users: number;
  idle: NodeJS.Timeout | null;
}

/** The servers of one worker. */
export class ServerPool {
  readonly #settings: PoolSettings;
  readonly #entries = new Map<string, Entry>();

  constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  /**
   * Has work done with a server, which is started if need be.
   *
   * @throws Error in words for the model when there is none; the signal's reason when aborted; what the work throws
   */
  async use<Result>(
    wish: ServerWish,
    signal: AbortSignal,
    work: (living: LivingServer) => Promise<Result>,
  ): Promise<Result> {
    const key = JSON.stringify([wish.runKey, wish.place.workspace, wish.place.writable ?? null, wish.server]);
    const entry = await this.#entryOf(key, wish);
    entry.users++;
    if (entry.idle) clearTimeout(entry.idle);
    try {
      return await work(await orAborted(entry.living, signal));
    } finally {
      if (--entry.users === 0) this.#rest(key, entry);
    }
  }

  /** Runs that have servers. */
  runKeys(): string[] {
    return [...new Set([...this.#entries.values()].map(({ runKey }) => runKey))];
  }

  /** Ends the servers of runs, but for those that are just used: what undoes a run comes behind its end. */
  async endRuns(runKeys: readonly string[]): Promise<void> {
    const gone = [...this.#entries].filter(([, { runKey, users }]) => runKeys.includes(runKey) && users === 0);
    await Promise.all(gone.map(([key]) => this.#end(key)));
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((key) => this.#end(key)));
  }

  async #entryOf(key: string, wish: ServerWish): Promise<Entry> {
    const known = this.#entries.get(key);
    if (known && (await isAlive(known))) return known;
    // Somebody else may have seen it meanwhile.
    if (known && this.#entries.get(key) === known) void this.#end(key);
    const other = this.#entries.get(key);
    if (other) return other;
    const entry: Entry = { runKey: wish.runKey, living: start(wish, this.#settings), users: 0, idle: null };
    entry.living.catch(() => this.#entries.get(key) === entry && this.#entries.delete(key));
    this.#entries.set(key, entry);
    return entry;
  }

  async #end(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (entry?.idle) clearTimeout(entry.idle);
    await entry?.living.then(({ connection }) => connection.close()).catch(() => undefined);
  }

  #rest(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return;
    entry.idle = setTimeout(() => {
      const isHeld = entry.living.then(({ connection }) => connection.isHeld()).catch(() => false);
      void isHeld.then((held) => (held ? this.#rest(key, entry) : this.#end(key)));
    }, idleMs).unref();
  }
}

async function isAlive({ living }: Entry): Promise<boolean> {
  return living.then(
    ({ connection }) => connection.isOpen(),
    () => false,
  );
}

// Started for everybody who waits for it: whoever gives up takes it from nobody else.
async function start({ mcp, server: name, place }: ServerWish, settings: PoolSettings): Promise<LivingServer> {
  const { server, source } = findServer(mcp, name);
  if (!settings.isTrusted(source))
    throw new Error(
      `the server ${name} is not started: nobody at the machine of this worker trusts ${source.file} as it is (gaffer trust)`,
    );
  const signal = new AbortController().signal;
  const open = () => openWay(server, place, settings);
  const connection = await connectServer(open, { timeoutMs: greetingMs, signal }).catch((error: Error) => {
    throw new Error(`${error.message}${hintFor(server)}`, { cause: error });
  });
  return { server, connection, offered: createOffer(connection) };
}

function hintFor({ transport, findsWorkspace }: McpServer): string {
  if (transport.kind === 'http' || findsWorkspace) return '';
  return '. It does not find the workspace, as it gets variables, the network or folders: put it elsewhere, or say "workspace": true of it';
}

function findServer({ sources }: McpPlan, name: string): { server: McpServer; source: McpSource } {
  for (const source of sources) {
    const server = serversIn(source).get(name);
    if (server) return { server, source };
  }
  throw new Error(`this run has no server ${name}`);
}

// Asked again when the server says that its list is another one.
function createOffer(connection: McpConnection): LivingServer['offered'] {
  let known: { changes: number; tools: readonly OfferedTool[] } | null = null;
  return async (signal) => {
    const changes = connection.changes();
    if (known?.changes !== changes) known = { changes, tools: await connection.list(signal) };
    return known.tools;
  };
}

async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
