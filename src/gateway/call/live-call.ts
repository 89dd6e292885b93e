/*
 * An answer that is coming in, for everybody who asks the same:
 * L1 Whoever joins gets all of it, from its first byte; everybody reads at a pace of their own, and nobody holds it up.
 * L2 It comes to its end whether or not anybody still listens.
 * L3 A refusal, or an answer that was kept before, is an answer like any other.
 */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** How an answer begins. */
export interface AnswerHead {
  status: number;
  headers: OutgoingHttpHeaders;
}

/** One answer, and those who listen to it. */
export class LiveCall {
  private head: AnswerHead | null = null;
  private readonly pieces: Uint8Array[] = [];
  private end: 'open' | 'whole' | 'broken' = 'open';
  private waiting: (() => void)[] = [];

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
    this.wake();
  }

  /** Whether anything of it was passed on. */
  get hasBegun(): boolean {
    return this.head !== null;
  }

  /** Writes all of it to whoever asked, as it comes. Resolves when it is written, or its reader gone. */
  async writeTo(response: ServerResponse): Promise<void> {
    const gone = new Promise<void>((resolve) => response.once('close', resolve));
    let isGone = false;
    void gone.then(() => (isGone = true));
    let next = 0;
    for (;;) {
      if (this.head && !response.headersSent) {
        response.writeHead(this.head.status, this.head.headers);
        if (this.pieces.length === 0) response.flushHeaders();
      }
      while (next < this.pieces.length && !isGone) {
        const isTaken = response.write(this.pieces[next++]);
        if (!isTaken) await Promise.race([gone, new Promise<void>((resolve) => response.once('drain', resolve))]);
      }
      if (isGone) return;
      if (this.end === 'whole') return void response.end();
      if (this.end === 'broken') return void response.destroy();
      if (next === this.pieces.length) await Promise.race([gone, this.news()]);
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
