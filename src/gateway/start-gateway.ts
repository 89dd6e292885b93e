import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { openAccountGates, openGateNames } from '../calls/account-gates.ts';
import { UsageError } from '../domain/errors.ts';
import { afterAwake } from '../host/awake-timer.ts';
import type { AccountFacts } from '../models/gateway/gateway-facts.ts';
import { processPlace } from '../host/process-place.ts';
import { enterGateway, leaveGateway, leavePlace } from '../store/gateway/gateways.ts';
import type { WorkerStore } from '../store/open-store.ts';
import { openStore } from '../store/open-store.ts';
import { AnswerRoom } from './call/answer-room.ts';
import type { Desk } from './call/desk.ts';
import { billLostCalls } from './call/lost-calls.ts';
import type { Provider } from './call/provider.ts';
import { openProvider } from './call/provider.ts';
import { createRunFacts } from './call/run-facts.ts';
import { createTurns } from './call/turns.ts';
import type { Gateway, GatewayFigures, GatewaySettings } from './gateway.ts';
import { BodyRoom } from './http/body-room.ts';
import { handle } from './http/handle.ts';
import { Malformed } from './http/malformed.ts';
import { createTokenLookup } from './http/known-tokens.ts';
import { keepWatch } from './keep-watch.ts';
import { Peers } from './peers.ts';

const usualGraceMs = 600_000;
/** How long calls that are cut off have to be billed, and the database to hear that the gateway ends, in ms: it may be away. */
const settledWithinMs = 5000;
const heardWithinMs = 2000;

/** As a worker's: settling goes first, and has places of its own. */
const connections = { maxConnections: 12, keptForCommits: 4 };

/**
 * Starts a gateway. What one had under way that had its place before is lost, and billed.
 *
 * @throws StoreError when the database is out of reach, ModelError `authentication` when a key cannot be one, Error when it cannot listen
 */
export async function startGateway(settings: GatewaySettings): Promise<Gateway> {
  const store = await openStore(settings.databaseUrl, connections);
  const closing = new AbortController();
  // Every call under way listens to it.
  setMaxListeners(0, closing.signal);
  const servers: Server[] = [];
  try {
    const desk = await openDesk(settings, store, closing.signal);
    // Nobody's call may begin before others know of this gateway: they would take it for lost.
    let letIn = (): void => undefined;
    const entered = new Promise<void>((resolve) => (letIn = resolve));
    const { socket, url } = await listen(
      settings,
      servers,
      (...asked) => void entered.then(() => handle(desk, ...asked)),
    );
    const row = { id: desk.self.id, place: settings.id, socket, url, host: desk.self.machine };
    await enterGateway(store.sql, row);
    letIn();
    await billLostCalls(desk);
    const stopWatch = keepWatch(desk, row);
    const close = once(async (graceMs: number) => {
      row.place = row.id;
      // On its way before anybody else can listen there.
      const left = inTime(heardWithinMs, () => leavePlace(store.commits, row.id), settings.say);
      await Promise.all([left, stopServers(servers, desk, { graceMs, closing })]);
      const leave = async (): Promise<void> => {
        await stopWatch();
        await leaveGateway(store.commits, row.id);
        await store.close();
      };
      await inTime(heardWithinMs, leave, settings.say);
    });
    return { socket, url, figures: () => ({ ...desk.figures }), close: (graceMs = usualGraceMs) => close(graceMs) };
  } catch (error) {
    for (const server of servers) server.close();
    for (const server of servers) server.closeAllConnections();
    await store.close();
    throw error;
  }
}

async function openDesk(settings: GatewaySettings, store: WorkerStore, closing: AbortSignal): Promise<Desk> {
  const [gatesOf, gateNameOf] = await Promise.all([
    openAccountGates(store.sql, settings.rateLimits),
    openGateNames(store.sql),
  ]);
  const providers = new Map<string, Provider>();
  for (const [name, account] of Object.entries(settings.accounts))
    providers.set(name, openProvider(name, account, gatesOf(name, account)));
  const accounts = Object.entries(settings.accounts).map(([name, account]): [string, AccountFacts] => {
    const { apiKey: _, ...facts } = account;
    return [name, { ...facts, gate: gateNameOf(name, account) }];
  });
  const standIn = settings.standIn === undefined ? undefined : providers.get(settings.standIn);
  const figures: GatewayFigures = { calls: 0, repeated: 0, attached: 0, refused: 0, open: 0 };
  return {
    ...{ store, figures, closing },
    self: { id: `${settings.id}:${randomUUID()}`, host: hostname(), machine: processPlace() ?? randomUUID() },
    peers: new Peers(),
    providerOf: (name) => providers.get(name) ?? standIn,
    accounts: { accounts: Object.fromEntries(accounts) },
    tokenOf: createTokenLookup(store.sql),
    factsOf: createRunFacts(store),
    live: new Map(),
    aborts: new Map(),
    turns: createTurns(),
    room: new BodyRoom(),
    answers: new AnswerRoom(),
    since: new Date().toISOString(),
    say: settings.say,
  };
}

async function listen(
  { socket = null, listen: address }: Pick<GatewaySettings, 'listen'> & { socket?: string | null },
  servers: Server[],
  answer: RequestListener,
): Promise<{ socket: string | null; url: string | null }> {
  if (socket !== null) {
    await mkdir(dirname(socket), { recursive: true, mode: 0o700 });
    await clearSocket(socket);
    const server = openServer(servers, answer);
    await listening(server, () => server.listen(socket));
    await chmod(socket, 0o600);
  }
  if (!address) return { socket, url: null };
  const server = openServer(servers, answer);
  await listening(server, () => server.listen(address.port, address.host));
  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return { socket, url: `http://${host}:${port}` };
}

/** Takes away what a dead gateway left at a path. @throws UsageError when something else is there, or one that lives */
async function clearSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!found) return;
  if (!found.isSocket()) throw new UsageError(`${path} is no socket: it is left alone. Name another path.`);
  if (process.getuid && found.uid !== process.getuid())
    throw new UsageError(`${path} is the socket of another account: it is left alone. Name another path.`);
  if (await isAnswered(path)) throw new UsageError(`${path} is the socket of a process that lives. Name another path.`);
  await rm(path);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}

// Heads and bodies come within these times, or not at all; an answer may take as long as it takes.
function openServer(servers: Server[], listener: RequestListener): Server {
  const malformed = new Malformed();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    malformed.note(request, response);
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    listener(request, response);
  };
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 60_000, connectionsCheckingInterval: 5000 },
    answer,
  );
  server.on('clientError', (error, socket) => malformed.answer(error, socket));
  // Whatever else it expects, it is a request like any other.
  server.on('checkExpectation', answer);
  server.maxConnections = 2000;
  servers.push(server);
  return server;
}

function listening(server: Server, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    start();
  });
}

async function stopServers(
  servers: readonly Server[],
  desk: Desk,
  { graceMs, closing }: { graceMs: number; closing: AbortController },
): Promise<void> {
  const closed = Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  for (const server of servers) server.closeIdleConnections();
  const over = afterAwake(graceMs, () => closing.abort(new Error('the gateway ends')));
  let isGivenUp = false;
  const giveUp = afterAwake(graceMs + settledWithinMs, () => {
    isGivenUp = true;
    desk.say(`${desk.live.size} calls are not written down: whoever comes next bills them as they were held back`);
  });
  const isOver = (): boolean => desk.live.size === 0 || isGivenUp;
  const idle = setInterval(() => {
    for (const server of servers) server.closeIdleConnections();
    if (closing.signal.aborted && isOver()) for (const server of servers) server.closeAllConnections();
  }, 50);
  // Calls that nobody listens to any more come to their end, too.
  while (!isOver()) await new Promise((resolve) => setTimeout(resolve, 20));
  await closed;
  over();
  giveUp();
  clearInterval(idle);
}

/** Tells the database, which may be away: nobody waits for it for ever. */
async function inTime(ms: number, work: () => Promise<void>, say: (line: string) => void): Promise<void> {
  let forget = (): void => undefined;
  const over = new Promise<never>((_resolve, reject) => {
    forget = afterAwake(ms, () => reject(new Error('it does not answer')));
  });
  await Promise.race([work(), over])
    .catch((error: unknown) => say(`the gateway ends without its database: ${(error as Error).message}`))
    .finally(forget);
}

function once(close: (graceMs: number) => Promise<void>): (graceMs: number) => Promise<void> {
  let closed: Promise<void> | undefined;
  return (graceMs) => (closed ??= close(graceMs));
}
