import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { wayTo } from './way-to.ts';

/** Where a connection breaks: before the next statement is sent, or after one was carried out and before anybody hears of it. */
export type Break = 'between statements' | 'before the answer';

/** The way to a database, which can be broken at any statement. */
export interface BreakingLine {
  /** The database's address by this way. */
  url: string;
  /** Breaks the connection that the `at`th answer from now on comes by, once. */
  breakAt(at: number, how: Break): void;
  /** How many answers came since the last call. */
  answers(): number;
  /** Breaks all connections at once, as a restart of the server does. */
  breakAll(): void;
  /** Passes nothing on that is notified, as a pooler does that lends connections for a transaction. */
  holdBackWords(): void;
  /** Passes nothing on and says nothing, as a network does that drops packets, until it is called back. */
  fallSilent(): () => void;
  /** Breaks all connections and refuses new ones, as a server does that is down, until it is called back. */
  cutOff(): CutOff;
  close(): Promise<void>;
}

/** A time in which nobody gets through. */
interface CutOff {
  /** How many tried meanwhile. */
  tries(): number;
  end(): void;
}

const [readyForQuery, notification] = ['Z'.charCodeAt(0), 'A'.charCodeAt(0)];

/** Opens a way to the database behind `url`: a proxy that knows where an answer of PostgreSQL's protocol ends. */
export async function openBreakingLine(url: string): Promise<BreakingLine> {
  const behind = wayTo(url);
  const pairs = new Set<Socket>();
  let isSilent = false;
  let answers = 0;
  let next: { at: number; how: Break } | undefined;
  let refused = -1;
  let passesWords = true;
  const server = createServer((near) => {
    if (refused >= 0) {
      refused++;
      near.on('error', () => undefined).destroy();
      return;
    }
    pairs.add(near);
    const far = connect(behind);
    const end = (): void => {
      pairs.delete(near);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on('error', end).on('close', end).setNoDelay(true);
    let rest = Buffer.alloc(0);
    far.on('data', (chunk: Buffer) => {
      if (isSilent) return;
      rest = Buffer.concat([rest, chunk]);
      for (let size = sizeOf(rest); size !== undefined; size = sizeOf(rest)) {
        const message = rest.subarray(0, size);
        rest = rest.subarray(size);
        if (message[0] === notification && !passesWords) continue;
        const isAnswer = message[0] === readyForQuery && ++answers === next?.at;
        if (!isAnswer) near.write(message);
        else if (next?.how === 'between statements') near.end(message, end);
        else end();
      }
    });
    near.on('data', (chunk: Buffer) => isSilent || far.write(chunk));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const own = new URL(url);
  own.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const breakAll = (): void => pairs.forEach((socket) => socket.destroy());
  return {
    url: own.href,
    breakAt(at, how) {
      answers = 0;
      next = { at, how };
    },
    answers() {
      const count = answers;
      answers = 0;
      return count;
    },
    breakAll,
    fallSilent() {
      isSilent = true;
      // What was left out cannot be made up for.
      return () => {
        isSilent = false;
        breakAll();
      };
    },
    holdBackWords: () => void (passesWords = false),
    cutOff() {
      refused = 0;
      breakAll();
      return { tries: () => refused, end: () => (refused = -1) };
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        breakAll();
      }),
  };
}

function sizeOf(bytes: Buffer): number | undefined {
  const size = bytes.length < 5 ? Infinity : bytes.readUInt32BE(1) + 1;
  return size <= bytes.length ? size : undefined;
}
