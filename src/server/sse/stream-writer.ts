/*
 * What one reader of a stream may cost:
 *
 * W1 So many bytes wait for it and no more. Whoever writes events waits for room: what is not read stays in the store.
 * W2 What may be lost (`offer`) is dropped while little room is left.
 * W3 Whoever takes nothing for a while loses the stream, with `overflow` as its last word; it can go on from where it was. When not even
 *    that is taken, the connection is cut.
 * W4 With the end of a stream, whoever ended it, everybody is let go at once.
 */
import { lifeSign, retryHint, toFrame } from './frame.ts';

/** How streams behave. Times in ms. */
export interface StreamTiming {
  lifeSignMs: number;
  /** How often a stream's place among those of its key is renewed. */
  renewMs: number;
  /** How long a reader may take nothing (W3). */
  patienceMs: number;
  /** At least so long a lost stream is not asked for again, and at most three times as long: each says another, so that not all come at once. */
  retryMs: number;
}

export const usualTiming: StreamTiming = { lifeSignMs: 15_000, renewMs: 5000, patienceMs: 20_000, retryMs: 1000 };

/** How much waits for a reader, in bytes. */
const room = 65_536;

/** The writing end of a stream of events. */
export class StreamWriter {
  readonly body: ReadableStream<Uint8Array>;
  /** Aborts when nobody reads any more, or the stream was ended. */
  readonly closed: AbortSignal;
  readonly #closing = new AbortController();
  readonly #timing: StreamTiming;
  readonly #lifeSigns: NodeJS.Timeout;
  readonly #cut: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly #waiting = new Set<() => void>();

  /** `cut` ends the connection below, where there is one. */
  constructor(timing: StreamTiming, cut: () => void = () => undefined) {
    this.#timing = timing;
    this.#cut = cut;
    this.closed = this.#closing.signal;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#letGo(),
        cancel: () => this.#close(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: room }),
    );
    this.#lifeSigns = setInterval(() => this.offer(lifeSign), timing.lifeSignMs);
    this.#lifeSigns.unref();
    this.#controller.enqueue(retryHint(Math.round(timing.retryMs * (1 + 2 * Math.random()))));
  }

  /** Writes when there is room. @returns whether the stream lives */
  async write(frame: Uint8Array): Promise<boolean> {
    while (!this.closed.aborted && (this.#controller.desiredSize ?? 0) <= 0) {
      if (!(await this.#untilRoom())) this.#overflow();
    }
    if (this.closed.aborted) return false;
    this.#controller.enqueue(frame);
    return true;
  }

  /** Writes what nobody misses, or does not (W2). */
  offer(frame: Uint8Array): void {
    if (!this.closed.aborted && (this.#controller.desiredSize ?? 0) > room / 2) this.#controller.enqueue(frame);
  }

  /** Ends the stream behind what was written, and the connection where that is not taken within some time. */
  end(cutAfterMs = this.#timing.patienceMs): void {
    if (this.closed.aborted) return;
    this.#controller.close();
    this.#close();
    setTimeout(this.#cut, cutAfterMs).unref();
  }

  /** @returns false: nothing was taken for too long (W3) */
  #untilRoom(): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isThere: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(go);
        resolve(isThere);
      };
      const go = (): void => settle(true);
      const timer = setTimeout(settle, this.#timing.patienceMs, false);
      this.#waiting.add(go);
    });
  }

  // W3
  #overflow(): void {
    if (this.closed.aborted) return;
    this.#controller.enqueue(toFrame({ event: 'overflow', data: '{"type":"stream:overflow"}' }));
    this.end();
  }

  // W4
  #close(): void {
    clearInterval(this.#lifeSigns);
    this.#closing.abort();
    this.#letGo();
  }

  #letGo(): void {
    for (const go of [...this.#waiting]) go();
  }
}
