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

/** For so long pieces are gathered, in ms: faster than anybody reads. */
const packetMs = 100;

/** One answer, and those who listen to it. */
export class LiveCall {
  private head: AnswerHead | null = null;
  private readonly pieces: Uint8Array[] = [];
  private end: 'open' | 'whole' | 'broken' = 'open';
  private waiting: (() => void)[] = [];
  private pausing = new Set<() => void>();

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
    for (const goOn of this.pausing) goOn();
    this.wake();
  }

  /** Whether anything of it was passed on. */
  get hasBegun(): boolean {
    return this.head !== null;
  }

  /** Writes all of it to whoever asked, as it comes. Resolves when it is written, or its reader gone. */
  async writeTo(response: ServerResponse): Promise<void> {
    const reader = new Reader(response, () => this.wake());
    let isHeadSent = false;
    for (let next = 0; ;) {
      if (this.head && !response.headersSent) response.writeHead(this.head.status, this.head.headers);
      const packet = this.pieces.slice(next);
      next += packet.length;
      const { end } = this;
      if (end === 'whole') return void response.end(Buffer.concat(packet));
      if (packet.length > 0) await reader.take(Buffer.concat(packet));
      if (reader.isGone) return;
      if (end === 'broken') return void response.destroy();
      // L3
      if (packet.length > 0) await this.pause();
      else if (this.head && !isHeadSent) {
        // What comes with it goes in one packet with it.
        await new Promise((resolve) => setImmediate(resolve));
        if (next === this.pieces.length) response.flushHeaders();
      }
      isHeadSent ||= this.head !== null;
      if (next === this.pieces.length && this.end === 'open' && !reader.isGone) await this.news();
    }
  }

  private pause(): Promise<void> {
    if (this.end !== 'open') return Promise.resolve();
    return new Promise((resolve) => {
      const goOn = (): void => {
        clearTimeout(timer);
        this.pausing.delete(goOn);
        resolve();
      };
      const timer = setTimeout(goOn, packetMs);
      this.pausing.add(goOn);
    });
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
  private readonly gone: Promise<void>;
  private readonly response: ServerResponse;

  constructor(response: ServerResponse, onGone: () => void) {
    this.response = response;
    this.isGone = response.destroyed;
    this.gone = new Promise((resolve) => {
      if (this.isGone) resolve();
      response.once('close', () => {
        this.isGone = true;
        onGone();
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
