/** Something that passes: a lost connection, or a service that says to come again. */
export class Passing extends Error {
  override readonly name = 'Passing';
  /** What whoever asks is told when it does not pass. */
  readonly told: Error;
  /** When to come again, in ms; null: nobody said. */
  readonly retryAfterMs: number | null;
  constructor(told: Error, retryAfterMs: number | null = null) {
    super(told.message, { cause: told });
    this.told = told;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Time as it passes. */
export interface Clock {
  now(): number;
  /** Waits, at most until the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

const firstPauseMs = 100;
const longestPauseMs = 2000;

/** The platform's. */
export const realClock: Clock = {
  now: () => Date.now(),
  pause: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
    }),
};

/** Gets over what passes: {@link Patience.wait} is asked after every failure, {@link Patience.renew} whenever something came of it. */
export class Patience {
  readonly #clock: Clock;
  readonly #limitMs: () => number;
  #since: number | null = null;
  #pauseMs = firstPauseMs;

  /** `limitMs`: how long it lasts from the first failure on, asked at every one. */
  constructor(limitMs: () => number, clock: Clock) {
    this.#limitMs = limitMs;
    this.#clock = clock;
  }

  /** Waits before the next try. @throws what the failure tells when it lasts too long, or would */
  async wait({ told, retryAfterMs }: Passing, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    this.#since ??= now;
    // Whoever lost a service together does not come back together.
    const pauseMs = Math.max(retryAfterMs ?? 0, this.#pauseMs * (0.5 + Math.random()));
    if (now + pauseMs - this.#since > this.#limitMs()) throw told;
    this.#pauseMs = Math.min(2 * this.#pauseMs, longestPauseMs);
    await this.#clock.pause(pauseMs, signal);
  }

  renew(): void {
    this.#since = null;
    this.#pauseMs = firstPauseMs;
  }
}
