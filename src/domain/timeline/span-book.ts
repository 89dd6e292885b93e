import type { EventOf, RunEvent, WaitCause } from '../run/run-events.ts';
import { reduceWaits, type Wait, waitEvents } from '../run/waits.ts';

/*
 * When each task of a run was at work and when it waited, from the run's events: for an axis of time.
 *
 * S1. Events count once: a number that was already seen changes nothing.
 * S2. What is open when the run ends, ends with it.
 * S3. What waits is what `waits.ts` says waits: there is no second list of it.
 * S4. An attempt whose result is asked about ended as somebody answers.
 */

/** One attempt of a task, in ms since the run's start. `end` null: it is at work. */
interface Attempt {
  begin: number;
  end: number | null;
  /** How it ended; `running`: it has not. */
  outcome: string;
}

/** Something that was waited for, in ms since the run's start. `end` null: it still is. */
export interface WaitSpan {
  begin: number;
  end: number | null;
  cause: WaitCause;
}

/** Times of one execution of a task, or (`id` empty) of the run as a whole. */
export interface SpanRow {
  id: string;
  phase: string | null;
  attempts: Attempt[];
  waits: WaitSpan[];
}

/** Times of a run as JSON: lists instead of objects, as there may be 5,000 tasks. `from` and `until` in ms since the epoch. */
export interface SpansJson {
  lastSeq: number;
  from: number | null;
  until: number | null;
  /** Execution, phase, attempts (begin, end, how), waits (begin, end, cause); an end of null: not yet. */
  rows: [
    id: string,
    phase: string | null,
    attempts: [number, number | null, string][],
    waits: [number, number | null, string][],
  ][];
  /** What waits now, by key. */
  open: [string, Wait][];
  /** Whether all events are in it; false: there are too many, and it ends with `lastSeq`. */
  isWhole: boolean;
}

/** Types of events that change a {@link SpanBook}. */
export const spanEvents: readonly string[] = [
  ...new Set([
    ...['workflow:start', 'workflow:complete', 'workflow:error', 'run:paused', 'run:waiting', 'run:resumed'],
    ...['task:added', 'task:start', 'task:complete', 'task:error', 'task:skipped', 'task:reused'],
    ...waitEvents.all,
  ]),
];

/** Times of a run, kept up to date event by event. */
export class SpanBook {
  lastSeq = 0;
  /** When the run began, in ms since the epoch; null: it has not. */
  from: number | null = null;
  /** When it ended; null: it has not. */
  until: number | null = null;
  readonly rows = new Map<string, SpanRow>();
  #open: ReadonlyMap<string, Wait> = new Map();
  readonly #spans = new Map<string, WaitSpan>();

  /** The book that was sent. */
  static from({ lastSeq, from, until, rows, open }: SpansJson): SpanBook {
    const book = new SpanBook();
    Object.assign(book, { lastSeq, from, until });
    for (const [id, phase, attempts, waits] of rows) {
      book.rows.set(id, {
        ...{ id, phase },
        attempts: attempts.map(([begin, end, outcome]) => ({ begin, end, outcome })),
        waits: waits.map(([begin, end, cause]) => ({ begin, end, cause: cause as WaitCause })),
      });
    }
    book.#open = new Map(open);
    for (const [key, { taskId, cause }] of open) {
      const span = book.rows.get(taskId ?? '')?.waits.find((wait) => wait.end === null && wait.cause === cause);
      if (span) book.#spans.set(key, span);
    }
    return book;
  }

  /** To be sent. `isWhole`: see {@link SpansJson}. */
  toJson(isWhole: boolean): SpansJson {
    const rows = [...this.rows.values()].map(({ id, phase, attempts, waits }): SpansJson['rows'][number] => [
      ...([id, phase] as const),
      attempts.map(({ begin, end, outcome }) => [begin, end, outcome]),
      waits.map(({ begin, end, cause }) => [begin, end, cause]),
    ]);
    return { ...{ lastSeq: this.lastSeq, from: this.from, until: this.until, rows }, open: [...this.#open], isWhole };
  }

  /** One more event. @returns whether anything changed */
  add(event: RunEvent): boolean {
    if (event.seq <= this.lastSeq) return false;
    this.lastSeq = event.seq;
    const at = Date.parse(event.at);
    this.from ??= at;
    const ms = at - this.from;
    const waited = this.#wait(event, ms);
    return this.#apply(event, ms) || waited;
  }

  #apply(event: RunEvent, ms: number): boolean {
    switch (event.type) {
      case 'task:added':
        this.#row(event.taskId).phase = event.phase;
        return true;
      case 'task:start':
        this.#row(event.taskId).attempts.push({ begin: ms, end: null, outcome: 'running' });
        return true;
      case 'task:error':
        return this.#end(event.taskId, ms, event.willRetry ? 'retried' : 'failed');
      case 'task:complete':
        return this.#end(event.taskId, ms, event.status ?? (event.success ? 'succeeded' : 'failed'));
      case 'task:skipped':
      case 'task:reused':
        return this.#end(event.taskId, ms, event.type === 'task:skipped' ? 'skipped' : 'reused');
      case 'run:paused':
      case 'run:waiting':
      case 'run:resumed':
        return this.#hold(event, ms);
      case 'workflow:complete':
      case 'workflow:error':
        return this.#close(ms);
      default:
        return false;
    }
  }

  #row(id: string): SpanRow {
    const row = this.rows.get(id) ?? { id, phase: null, attempts: [], waits: [] };
    this.rows.set(id, row);
    return row;
  }

  /** Ends its attempt; one that never began is a moment. */
  #end(taskId: string, ms: number, outcome: string): boolean {
    const { attempts } = this.#row(taskId);
    const last = attempts.at(-1);
    if (last && (last.end === null || ['failed', 'waiting'].includes(last.outcome))) {
      last.end ??= ms;
      last.outcome = outcome;
    } else if (!last) attempts.push({ begin: ms, end: ms, outcome });
    return true;
  }

  /** S3. */
  #wait(event: RunEvent, ms: number): boolean {
    const before = this.#open;
    this.#open = reduceWaits(before, event);
    if (this.#open === before) return false;
    for (const [key, { taskId, cause }] of this.#open) {
      if (before.has(key)) continue;
      const span: WaitSpan = { begin: ms, end: null, cause };
      this.#row(taskId ?? '').waits.push(span);
      this.#spans.set(key, span);
    }
    for (const [key, { taskId }] of before) {
      if (this.#open.has(key)) continue;
      this.#answer(taskId ?? '', event);
      const span = this.#spans.get(key);
      if (span) span.end = ms;
      this.#spans.delete(key);
    }
    return true;
  }

  /** S4. A refusal is told of the task itself, too. */
  #answer(taskId: string, event: RunEvent): void {
    const last = this.rows.get(taskId)?.attempts.at(-1);
    if (last?.outcome !== 'waiting') return;
    if (event.type === 'approval:decided') last.outcome = event.decision === 'reject' ? 'failed' : 'succeeded';
    if (event.type === 'approval:expired') last.outcome = event.outcome === 'approve' ? 'succeeded' : 'failed';
  }

  #hold(event: EventOf<'run:paused' | 'run:waiting' | 'run:resumed'>, ms: number): boolean {
    const { waits } = this.#row('');
    const last = waits.at(-1);
    const cause = event.type === 'run:waiting' ? event.cause : 'paused';
    if (event.type !== 'run:resumed' && last?.end === null && last.cause === cause) return false;
    if (last) last.end ??= ms;
    if (event.type !== 'run:resumed') waits.push({ begin: ms, end: null, cause });
    return true;
  }

  /** S2. */
  #close(ms: number): boolean {
    this.until ??= this.from! + ms;
    this.#open = new Map();
    for (const { attempts, waits } of this.rows.values()) {
      const last = attempts.at(-1);
      if (last?.end === null) Object.assign(last, { end: ms, outcome: 'cancelled' });
      for (const wait of waits) wait.end ??= ms;
    }
    return true;
  }
}
