import { UnreachableError } from '../domain/errors.ts';
import type { Target } from './http-options.ts';
import { linked } from './linked-signal.ts';
import { Passing, Patience, type Clock } from './patience.ts';
import { toError } from './to-error.ts';
import { codeOf, newKey, noProblem, retryAfter, toJson, toProblem, toQuery, type Query } from './wire.ts';

/*
 * How the service is asked:
 *
 * T1 Whatever was lost on its way is asked again: a POST with the Idempotency-Key that it had, so that nothing is done twice.
 * T2 Only what passes is asked again: a lost connection, a service that is away or wants a pause. A DELETE, and a change of what was
 *    seen, is, when it was refused before anything was done (429), and not when its answer was lost on the way or in a proxy: a second one
 *    would find nothing, or its own change, and nobody could say whether it was this one's work.
 * T3 Nobody is followed elsewhere with the key: a redirect is an error.
 * T4 With `close`, or the signal, all that is open ends.
 */

/** One request. */
export interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Behind the service's address, its parts escaped. */
  path: string;
  query?: Query;
  body?: unknown;
  accept?: string;
  /** As `If-Match`, which names what was seen. */
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
  /** How long an answer may take to begin, and to be there whole, in ms; null: as long as it takes. */
  withinMs?: number | null;
}

/** An answer that is still being sent. `end` is called once nobody reads it any more. */
export interface Opened {
  response: Response;
  /** Aborted when nobody reads it any more. */
  signal: AbortSignal;
  end: () => void;
}

const usualMs = 60_000;
/** What waits in the service is told by these, and asked about again for as long as it takes. */
const inFlight = 'in-flight';
/** Answers of 503 that no second try makes better: whoever asks has to decide. */
const final: readonly string[] = ['no-answer', 'temporal-refused'];

/** Asks a service, over lost connections. */
export class Transport {
  readonly #target: Target;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #hasAnswered = false;

  constructor(target: Target, clock: Clock, signal?: AbortSignal) {
    this.#target = target;
    this.#clock = clock;
    const close = (): void => this.close(signal?.reason);
    if (signal?.aborted) close();
    else signal?.addEventListener('abort', close, { once: true, signal: this.#closing.signal });
  }

  /** Aborted when all is over (T4); its reason is what is thrown then. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  close(reason: unknown = new UnreachableError('the connection to the runs is closed')): void {
    this.#closing.abort(reason);
  }

  /** The clock by which patience ends, in ms. */
  now(): number {
    return this.#clock.now();
  }

  patience(): Patience {
    const { patienceMs } = this.#target;
    return new Patience(() => (this.#hasAnswered ? patienceMs : patienceMs / 10), this.#clock);
  }

  /** Waits before the next try, at most until the signal aborts. @throws what the failure tells where there is none */
  async wait(patience: Patience, failure: Passing, signal: AbortSignal | undefined): Promise<void> {
    const over = linked([this.closing, signal], null);
    await patience.wait(failure, over.signal).finally(over.end);
  }

  /** A connection that broke, or was never made. */
  lost(cause: unknown): Passing {
    const why = cause instanceof Error ? (cause.cause instanceof Error ? cause.cause : cause).message : String(cause);
    const message = `the service at ${this.#target.base} cannot be reached: ${why || 'no answer'}.`;
    return new Passing(new UnreachableError(message, { cause }));
  }

  /** The answer in JSON; undefined where there is none. @throws GafferError */
  async json<Answer>(ask: Ask): Promise<{ answer: Answer; response: Response }> {
    return this.#again(ask, async (opened) => {
      const { response } = opened;
      const text = await response.text().catch((error: unknown) => {
        throw this.lost(error);
      });
      return { answer: this.#parse<Answer>(text, response), response };
    });
  }

  /** An answer to be read as it comes; only its beginning is within `withinMs`. @throws GafferError */
  async open(ask: Ask): Promise<Opened> {
    return this.#again(ask, (opened) => Promise.resolve(opened), true);
  }

  async #again<Result>(ask: Ask, read: (opened: Opened) => Promise<Result>, staysOpen = false): Promise<Result> {
    const headers = new Headers(this.#target.headers);
    for (const [name, value] of Object.entries(ask.headers ?? {})) headers.set(name, value);
    headers.set('Accept', ask.accept ?? 'application/json');
    if (ask.method === 'POST') headers.set('Idempotency-Key', ask.headers?.['Idempotency-Key'] ?? newKey());
    const patience = this.patience();
    for (;;) {
      // T4
      this.closing.throwIfAborted();
      ask.signal?.throwIfAborted();
      const failure = await this.#once(ask, headers, { read, staysOpen }).catch((error: unknown) => {
        this.closing.throwIfAborted();
        ask.signal?.throwIfAborted();
        if (error instanceof Passing) return error;
        throw error;
      });
      if (!(failure instanceof Passing)) return failure;
      // T2
      if (isOnce(ask.method) && failure.retryAfterMs === null) throw failure.told;
      if (codeOf(failure.told) === inFlight) patience.renew();
      await this.wait(patience, failure, ask.signal);
    }
  }

  async #once<Result>(
    ask: Ask,
    headers: Headers,
    { read, staysOpen }: { read: (opened: Opened) => Promise<Result>; staysOpen: boolean },
  ): Promise<Result> {
    const limit = linked([this.closing, ask.signal], ask.withinMs === undefined ? usualMs : ask.withinMs);
    let isHanded = false;
    try {
      const response = await this.#fetch(ask, headers, limit.signal);
      this.#hasAnswered = true;
      if (!response.ok) throw await this.#toFailure(response, ask.method);
      if (staysOpen) limit.stopTime();
      isHanded = staysOpen;
      return await read({ response, signal: limit.signal, end: limit.end });
    } finally {
      if (!isHanded) limit.end();
    }
  }

  async #fetch({ method = 'GET', path, query, body }: Ask, headers: Headers, signal: AbortSignal): Promise<Response> {
    const { base, fetch: ask } = this.#target;
    const sent = body === undefined ? undefined : toJson(body);
    const all = new Headers(headers);
    if (sent !== undefined) all.set('Content-Type', 'application/json');
    const init: RequestInit = {
      method,
      headers: all,
      signal,
      redirect: 'manual',
      ...(sent !== undefined && { body: sent }),
    };
    const response = await ask(`${base}${path}${toQuery(query)}`, init).catch((error: unknown) => {
      throw this.lost(error);
    });
    // T3
    if (
      response.type === 'opaqueredirect' ||
      (response.status >= 300 && response.status < 400 && response.status !== 304)
    )
      throw new UnreachableError(`the service at ${base} sends elsewhere: give the address where it is as \`url\`.`);
    return response;
  }

  async #toFailure(response: Response, method: Ask['method']): Promise<Error> {
    const { status } = response;
    const text = await response.text().catch(() => '');
    const problem = toProblem(text) ?? noProblem(status, this.#target.base);
    const told = toError(problem);
    // T2
    const isAway = (status >= 502 && status <= 504) || problem.code === inFlight;
    const isPause = status === 429 || (isAway && !isOnce(method));
    return isPause && !final.includes(problem.code) ? new Passing(told, retryAfter(response) ?? 0) : told;
  }

  #parse<Answer>(text: string, { headers, status }: Response): Answer {
    if (text === '') return undefined as Answer;
    try {
      return JSON.parse(text) as Answer;
    } catch {
      const kind = headers.get('Content-Type') ?? 'no type';
      throw new UnreachableError(
        `${this.#target.base} answers with ${kind} instead of JSON (${status}): is it the address of a Gaffer service?`,
      );
    }
  }
}

/** What no second request of the same kind can take the place of (T2). */
function isOnce(method: Ask['method']): boolean {
  return method === 'DELETE' || method === 'PUT' || method === 'PATCH';
}
