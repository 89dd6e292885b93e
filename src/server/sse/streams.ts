/*
 * Who reads what in this process. Nothing of it is needed again: whoever loses a stream goes on elsewhere from the last number.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Run } from '../../client/run.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import { safeJson } from '../../domain/safe-text.ts';
import type { Store } from '../../store/store.ts';
import { ProblemError, toProblem } from '../problem.ts';
import { AnsweredTurns } from './answered-turns.ts';
import { toEventId } from './cursor.ts';
import { toData, toFrame } from './frame.ts';
import { StreamPlaces, type StreamPlace } from './stream-places.ts';
import { StreamWriter, usualTiming, type StreamTiming } from './stream-writer.ts';

/** A run, and from where on it is read. */
export interface Followed {
  run: Run;
  /** Number of the last event that is known. */
  after: number;
}

/** What a stream is made of. */
export interface StreamRequest {
  /** In the order in which ids of events have their numbers. */
  runs: readonly Followed[];
  /** What an event is called: `number`: `N`, of one run; `run`: `RUN:N`, and the numbers of all. */
  ids: 'number' | 'run';
  /** Whether it tells what models say while they say it: `agent:delta`. */
  deltas: boolean;
  /** Whose limit it counts to. */
  keyId: string;
  /** Whether somebody comes back: where all is told, there is nothing to come back for. */
  isReconnect: boolean;
  /** In the log and in what the reader is told of an error that nobody expected. */
  requestId: string;
  /** Ends the connection below, for a reader that takes nothing at all. */
  cut?: () => void;
}

/** What streams stand on. */
export interface StreamDeps {
  store: Pick<Store, 'feed' | 'events' | 'deltas' | 'traffic'>;
  /** Told of what nobody expected. */
  logError: (error: unknown, requestId: string) => void;
  timing?: StreamTiming;
  /** How many a key may have open. */
  mostPerKey?: number;
}

/** A page of a story. */
interface EventPage {
  events: RunEvent[];
  /** Number behind which the next page begins. */
  next: number;
  isOver: boolean;
}

/** The streams that are open in a process. */
export class Streams {
  readonly #deps: Required<StreamDeps>;
  readonly #open = new Set<StreamWriter>();
  readonly #pumps = new Set<Promise<void>>();
  readonly #places: StreamPlaces;
  #isClosed = false;

  constructor(deps: StreamDeps) {
    this.#deps = { timing: usualTiming, mostPerKey: 20, ...deps };
    this.#places = new StreamPlaces(deps.store.traffic, this.#deps.mostPerKey);
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Answers with a stream that ends behind the last event of all its runs; 204 where they are told to their ends. @throws ProblemError 429, 503 */
  async open(request: StreamRequest): Promise<Response> {
    const isOver = await Promise.all(request.runs.map((followed) => this.#isOver(followed, request)));
    if (isOver.every(Boolean)) return new Response(null, { status: 204, headers: { 'Cache-Control': 'no-store' } });
    return this.#start(request, await this.#enter(request));
  }

  /** The same for runs that `prepare` has to start first, which it does not where there is no place for the stream. @throws ProblemError 429, 503; what `prepare` throws */
  async openBehind(keyId: string, prepare: () => Promise<StreamRequest>): Promise<Response> {
    const place = await this.#enter({ keyId, isReconnect: false });
    try {
      return this.#start(await prepare(), place);
    } catch (error) {
      await place.leave();
      throw error;
    }
  }

  #start(request: StreamRequest, place: StreamPlace): Response {
    const writer = new StreamWriter(this.#deps.timing, request.cut);
    this.#open.add(writer);
    writer.closed.addEventListener('abort', () => this.#open.delete(writer), { once: true });
    this.#keep(writer, place);
    // The service began to end while the place was taken.
    if (this.#isClosed) writer.end();
    const pump = this.#pump(writer, request).finally(() => this.#pumps.delete(pump));
    this.#pumps.add(pump);
    return new Response(writer.body, { headers: streamHeaders });
  }

  /** Events after a number, at most `limit`. `isOver`: behind them nothing comes. */
  async page(run: Run, after: number, limit: number): Promise<EventPage> {
    const { feed, events } = this.#deps.store;
    const story = await feed.find(run.runKey);
    const found = story ? await events.list(run.runKey, after, limit) : [];
    const next = found.at(-1)?.seq ?? after;
    return { events: found, next, isOver: typeof story?.final === 'number' && next >= story.lastSeq };
  }

  /** Ends all of them: readers come back, to another process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const writer of [...this.#open]) writer.end(lastWordMs);
    await Promise.all(this.#pumps);
  }

  async #isOver({ run, after }: Followed, { isReconnect }: StreamRequest): Promise<boolean> {
    const { feed } = this.#deps.store;
    const story = await feed.find(run.runKey);
    if (!story) return false;
    if (story.final !== null) return after >= story.final;
    // It was told then that no last event comes.
    return isReconnect && after >= story.lastSeq && (await isCutOff(run));
  }

  async #enter({ keyId, isReconnect }: Pick<StreamRequest, 'keyId' | 'isReconnect'>): Promise<StreamPlace> {
    if (this.#isClosed) throw new ProblemError(503, { code: 'closing', detail: 'this process is about to end.' });
    return this.#places.take(keyId, isReconnect);
  }

  /** Ends a stream whose key has ended meanwhile. */
  #keep(writer: StreamWriter, place: StreamPlace): void {
    const renew = async (): Promise<void> => {
      if ((await place.renew()) || writer.closed.aborted) return;
      const detail = 'the key of this stream is not valid any more.';
      const { problem } = new ProblemError(401, { code: 'no-key', detail });
      writer.offer(toFrame({ event: 'problem', data: safeJson({ ...problem, type: 'stream:problem' }) }));
      writer.end();
    };
    const renewals = setInterval(() => void renew(), this.#deps.timing.renewMs);
    renewals.unref();
    const leave = (): void => {
      clearInterval(renewals);
      void place.leave();
    };
    if (writer.closed.aborted) leave();
    else writer.closed.addEventListener('abort', leave, { once: true });
  }

  async #pump(writer: StreamWriter, request: StreamRequest): Promise<void> {
    const places = request.runs.map(({ run, after }) => ({ run: run.id, after }));
    const toId = ({ id }: Run, seq: number): string =>
      request.ids === 'number' ? String(seq) : toEventId({ run: id, after: seq }, places);
    const answered = request.runs.map(() => new AnsweredTurns());
    const follow = async ({ run, after }: Followed, index: number): Promise<void> => {
      for await (const event of run.events({ after, signal: writer.closed })) {
        places[index]!.after = event.seq;
        answered[index]!.told(event);
        const data = toData(event, `/api/runs/${encodeURIComponent(run.id)}/events?after=${event.seq - 1}&limit=1`);
        if (!(await writer.write(toFrame({ id: toId(run, event.seq), data })))) return;
      }
    };
    const tell = async (followed: Followed, index: number): Promise<void> => {
      await follow(followed, index).catch((error: unknown) =>
        this.#tellEnd(writer, { run: followed.run, requestId: request.requestId }, error),
      );
    };
    const leave = request.deltas
      ? request.runs.map(({ run }, index) => this.#tellDeltas(writer, run, answered[index]!))
      : [];
    await Promise.all(request.runs.map(tell));
    for (const end of leave) end();
    writer.end();
  }

  // They are nobody's past: what there is no room for, or what comes too late, is left out.
  #tellDeltas(writer: StreamWriter, { id: runId, runKey }: Run, answered: AnsweredTurns): () => void {
    return this.#deps.store.deltas.hear(
      runKey,
      (delta) => answered.isOpen(delta) && writer.offer(toFrame({ data: safeJson({ ...delta, runId }) })),
      (why) => this.#deps.logError(why, '-'),
    );
  }

  /** Why no more comes of a run, although its story has no end. */
  async #tellEnd(
    writer: StreamWriter,
    { run, requestId }: { run: Run; requestId: string },
    error: unknown,
  ): Promise<void> {
    const problem = toProblem(error);
    if (!problem) this.#deps.logError(error, requestId);
    const unexpected = `the service met an error that it did not expect; its log has it under ${requestId}.`;
    const told = problem ?? new ProblemError(500, { code: 'unexpected', detail: unexpected }).problem;
    const data = safeJson({ ...told, type: 'stream:problem', runId: run.id });
    await writer.write(toFrame({ event: 'problem', data }));
  }
}

const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  // Proxies that would hold events back until they have many are told so.
  'X-Accel-Buffering': 'no',
};

/** How long a reader has for what is left when the service ends, in ms. */
const lastWordMs = 2000;

/** How long Temporal may take to say whether a run was cut off, in ms: a stream does not wait for one that is away. */
const askMs = 1000;

async function isCutOff(run: Run): Promise<boolean> {
  const asked = run.cutOff().then(
    (cutOff) => cutOff !== null,
    () => false,
  );
  return Promise.race([asked, delay(askMs, false, { ref: false })]);
}
