/*
 * Who uses a gateway holds a connection to it, by a socket that no agent can reach (W3 of gateway-place.ts):
 * U1 A line of the gateway says that it is up, and who it is. A connection that ends without one means: there is none.
 * U2 A user that was killed is missed only after a while: the next one finds its calls still under way. One that leaves in good order
 *    is missed at once.
 * U3 A gateway without users ends when its last call has.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a gateway says of itself. */
export interface GatewayGreeting {
  pid: number;
  /** ISO 8601. */
  since: string;
  users: number;
  inFlight: number;
}

/** How long a gateway waits for the next user after one was killed, in ms. */
const lingerMs = 60_000;
const lookEveryMs = 200;
/** On an overloaded machine one that is slow must not be taken for dead. */
const answerWithinMs = 15_000;

/** The side of the gateway. */
interface Control {
  server: Server;
  /** Resolves when nobody needs it any more (U3). */
  unused: Promise<void>;
}

/** Lets users in, as soon as it listens. @param inFlight calls that are under way */
export function createControl(inFlight: () => number, linger = lingerMs): Control {
  const since = new Date().toISOString();
  const users = new Set<Socket>();
  // Whoever ordered it comes after it is up.
  let neededUntil = performance.now() + linger;
  const miss = (user: Socket, until: number): void => {
    if (users.delete(user) && users.size === 0) neededUntil = until;
  };
  let end = (): void => undefined;
  const unused = new Promise<void>((resolve) => (end = resolve));
  const isUnused = (): boolean => users.size === 0 && inFlight() === 0 && performance.now() >= neededUntil;
  const timer = setInterval(() => isUnused() && end(), lookEveryMs);
  void unused.then(() => clearInterval(timer));
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('close', () => miss(socket, performance.now() + linger)); // U2
    onLine(socket, (word) => {
      if (word === 'use') users.add(socket);
      if (word === 'leave') miss(socket, performance.now());
      const greeting: GatewayGreeting = { pid: process.pid, since, users: users.size, inFlight: inFlight() };
      socket.write(`${JSON.stringify(greeting)}\n`); // U1
      if (word === 'leave' && isUnused()) end();
    });
  });
  return { server, unused };
}

/** A gateway that this process uses. */
export interface Held {
  greeting: GatewayGreeting;
  /** Resolves when the connection has ended, however. */
  gone: Promise<void>;
  /** Lets go in good order. @returns whether the gateway ends now, as nobody else needs it */
  leave(): Promise<boolean>;
  /** The same for a process that ends now and waits for nothing. */
  leaveAtOnce(): void;
}

/** Takes hold of the gateway at that socket; undefined: there is none. */
export async function holdGateway(control: string): Promise<Held | undefined> {
  const way = openWay(control);
  const greeting = await way.ask('use');
  if (!greeting) {
    way.socket.destroy();
    return undefined;
  }
  // Nobody has to stay for it alone.
  way.socket.unref();
  return {
    greeting,
    gone: way.gone,
    leave: async () => {
      way.socket.ref();
      const last = await way.ask('leave');
      way.socket.destroy();
      return last === undefined || (last.users === 0 && last.inFlight === 0);
    },
    leaveAtOnce: () => void way.socket.write('leave\n'),
  };
}

/** What the gateway at that socket says of itself, which is no use of it; undefined: there is none. */
export async function lookAtGateway(control: string): Promise<GatewayGreeting | undefined> {
  const { ask, socket } = openWay(control);
  const greeting = await ask('look');
  socket.destroy();
  return greeting;
}

function openWay(control: string) {
  const socket = connect(control);
  const gone = new Promise<void>((resolve) => socket.on('error', () => undefined).once('close', () => resolve()));
  let hear = (_line: string): void => undefined;
  onLine(socket, (line) => hear(line));
  const ask = (word: string): Promise<GatewayGreeting | undefined> => {
    const answer = new Promise<GatewayGreeting>(
      (resolve) => (hear = (line) => resolve(JSON.parse(line) as GatewayGreeting)),
    );
    socket.write(`${word}\n`);
    return Promise.race([answer, gone.then(() => undefined), sleep(answerWithinMs, undefined, { ref: false })]);
  };
  return { socket, gone, ask };
}

function onLine(socket: Socket, hear: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (piece: string) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const line of lines) hear(line);
  });
}
