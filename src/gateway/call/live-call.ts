/*
 * An answer that is coming in, for everybody who asks the same:
 * L1 Whoever joins gets all of it, from its first byte; everybody reads at a pace of their own, and nobody holds it up.
 * L2 It comes to its end whether or not anybody still listens.
 * L3 What follows its beginning is passed on in packets: each one costs a system call, and an event of a few words comes every few ms.
 * L4 A refusal, or an answer that was kept before, is an answer like any other.
 */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** How an answer begins. */
export interface AnswerHead {
  status: number;
  headers: OutgoingHttpHeaders;
}

/** For so long pieces are gathered, in ms. */
const packetMs = 16;

/** One answer, and those who listen to it. */
export class LiveCall {
  private head: AnswerHead | null = null;
  private readonly pieces: Uint8Array[] = [];
  private end: 'open' | 'whole' | 'broken' = 'open';
  private waiting: (() => void)[] = [];
  private readonly over = new AbortController();

  begin(head: AnswerHead): void {
    this.head = head;
    this.wake();
  }

  push(...pieces: readonly Uint8Array[]): void {
    this.pieces.push(...pieces);
    this.wake();
  }

  /** `isWhole`: else everybody sees it break off. */
  close(isWhole: boolean): void {
    this.end = isWhole ? 'whole' : 'broken';
    // A reason of its own, as one that is made for it has a stack.
    this.over.abort('over');
    this.wake();
  }

  /** Whether anything of it was passed on. */
  get hasBegun(): boolean {
    return this.head !== null;
  }

  /** Writes all of it to whoever asked, as it comes. Resolves when it is written, or its reader gone. */
  async writeTo(response: ServerResponse): Promise<void> {
    const reader = new Reader(response);
    for (let next = 0; ;) {
      if (this.head && !response.headersSent) response.writeHead(this.head.status, this.head.headers);
      const packet = this.pieces.slice(next);
      next += packet.length;
      const { end } = this;
      if (end === 'whole') return void response.end(Buffer.concat(packet));
      if (packet.length > 0) await reader.take(Buffer.concat(packet));
      else if (response.headersSent) response.flushHeaders();
      if (reader.isGone) return;
      if (end === 'broken') return void response.destroy();
      // L3
      if (packet.length > 0) await pause(packetMs, this.over.signal);
      if (next === this.pieces.length && this.end === 'open') await Promise.race([reader.gone, this.news()]);
    }
  }

  private news(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const each of waiting) each();
  }
}

/** Whoever an answer is written to. */
class Reader {
  isGone = false;
  readonly gone: Promise<void>;
  private readonly response: ServerResponse;

  constructor(response: ServerResponse) {
    this.response = response;
    this.isGone = response.destroyed;
    this.gone = new Promise((resolve) => {
      if (this.isGone) resolve();
      response.once('close', () => {
        this.isGone = true;
        resolve();
      });
    });
  }

  /** Resolves when there is room for more, or it is gone. */
  async take(packet: Uint8Array): Promise<void> {
    const { response } = this;
    if (response.write(packet)) return;
    await Promise.race([this.gone, new Promise<void>((resolve) => response.once('drain', resolve))]);
  }
}

function pause(ms: number, over: AbortSignal): Promise<void> {
  if (over.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      over.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    over.addEventListener('abort', end);
  });
}
