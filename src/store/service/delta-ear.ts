/*
 * How a process hears what models say:
 *
 * E1 One connection for all runs that it listens to, while there are some; which those are is written down again and again for the
 *    workers, so that what a killed process leaves ends by itself.
 * E2 A pooler in between may take the wish to listen and deliver nothing. So it is tried out, and given up for a while where nothing comes
 *    although the connection lives: what a lost connection did not bring says nothing of poolers.
 * E3 A connection that is lost is made anew; what was said meanwhile is lost.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentDelta } from '../../domain/conversation/agent-delta.ts';
import { parseJson } from '../../domain/parse-json.ts';
import type { Database, Line } from '../database/database.ts';
import { channel, type PassedDelta } from './deltas.ts';
import { findStory } from './feed-rows.ts';

/** How often the runs are written down, and for how long each time. */
const beatMs = 5000;
const lastsMs = 15_000;
/** The same while no worker has opened one of them yet. */
const soonMs = 500;
/** How long a notification to ourselves may take (E2): generous, as a busy machine is no pooler. */
const echoWithinMs = 10_000;
/** How long nothing is tried where nothing came: it may have been the network. */
const deafForMs = 300_000;

/** How an ear behaves, in ms; for tests. */
interface EarTiming {
  beatMs: number;
  echoWithinMs: number;
  deafForMs: number;
}

/** Why the wait for an echo ended. */
const heard = Symbol('heard');

interface Hearer {
  runKey: string;
  hear: (delta: AgentDelta) => void;
  onDeaf: (why: string) => void;
  /** Null: not looked up yet. */
  no: number | null;
}

/** Hears for all who listen in this process. */
export class DeltaEar {
  readonly #database: Database;
  readonly #id = randomUUID();
  readonly #hearers = new Set<Hearer>();
  #line: Line | null = null;
  /** Until then nothing is tried, by `performance.now()` (E2). */
  #deafUntil = 0;
  #isToldDeaf = false;
  #beating: Promise<void> | undefined;
  #waking = new AbortController();
  #echo = new AbortController();
  readonly #timing: EarTiming;

  constructor(database: Database, timing: EarTiming = { beatMs, echoWithinMs, deafForMs }) {
    this.#database = database;
    this.#timing = timing;
  }

  hear(runKey: string, hear: Hearer['hear'], onDeaf: Hearer['onDeaf']): () => void {
    const hearer: Hearer = { runKey, hear, onDeaf, no: null };
    this.#hearers.add(hearer);
    this.#waking.abort();
    this.#begin();
    return () => {
      this.#hearers.delete(hearer);
      if (this.#hearers.size === 0) this.#waking.abort();
    };
  }

  async close(): Promise<void> {
    this.#hearers.clear();
    this.#echo.abort();
    this.#waking.abort();
    await this.#beating;
  }

  #begin(): void {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = undefined;
      // Who came while the last one's connection was let go.
      if (this.#hearers.size > 0) this.#begin();
    });
  }

  // E1
  async #beat(): Promise<void> {
    while (this.#hearers.size > 0) {
      this.#waking = new AbortController();
      const { signal } = this.#waking;
      // E3
      const isThere = await this.#renew().then(
        () => true,
        async () => {
          await this.#hangUp();
          return false;
        },
      );
      const areOpen = [...this.#hearers].every(({ no }) => no !== null);
      await delay(isThere && !areOpen ? soonMs : this.#timing.beatMs, undefined, { signal, ref: false }).catch(
        () => undefined,
      );
    }
    await this.#hangUp();
    await this.#database
      .query('delete from delta_readers where reader = $1::uuid or until < clock_timestamp()', [this.#id])
      // They end by themselves.
      .catch(() => undefined);
  }

  async #renew(): Promise<void> {
    if (performance.now() < this.#deafUntil) return;
    this.#line ??= await this.#listen();
    if (!this.#line) return;
    const nos = await this.#numbers();
    await this.#database.query(
      `insert into delta_readers (reader, run_no, until)
       select $1::uuid, no, clock_timestamp() + $3::double precision * interval '1 millisecond' from unnest($2::bigint[]) no
       on conflict (reader, run_no) do update set until = excluded.until`,
      [this.#id, nos, lastsMs],
    );
  }

  async #numbers(): Promise<number[]> {
    const known = new Map([...this.#hearers].flatMap(({ runKey, no }) => (no === null ? [] : [[runKey, no] as const])));
    for (const hearer of this.#hearers) {
      hearer.no ??= known.get(hearer.runKey) ?? (await findStory(this.#database, hearer.runKey))?.no ?? null;
      if (hearer.no !== null) known.set(hearer.runKey, hearer.no);
    }
    return [...known.values()];
  }

  /** @returns null: nothing comes by it (E2). @throws whatever it was lost by before it was tried out; it is closed then */
  async #listen(): Promise<Line | null> {
    const word = `echo ${randomUUID()}`;
    const echo = new AbortController();
    this.#echo = echo;
    let line: Line | null = null;
    let isLost = false;
    line = await this.#database.listen(
      channel,
      (payload) => (payload === word ? echo.abort(heard) : this.#pass(payload)),
      () => {
        isLost = true;
        echo.abort();
        if (this.#line === line) this.#line = null;
      },
    );
    try {
      await this.#database.query('select pg_notify($1, $2)', [channel, word]);
      const { echoWithinMs: withinMs } = this.#timing;
      await delay(withinMs, undefined, { signal: echo.signal, ref: false }).catch(() => undefined);
      if (isLost || (echo.signal.aborted && echo.signal.reason !== heard))
        throw new Error('the connection was lost before it was tried out');
    } catch (error) {
      await line.close();
      throw error;
    }
    if (echo.signal.aborted) return line;
    await line.close();
    this.#noteDeaf();
    return null;
  }

  // E2
  #noteDeaf(): void {
    this.#deafUntil = performance.now() + this.#timing.deafForMs;
    if (this.#isToldDeaf) return;
    this.#isToldDeaf = true;
    const why =
      'what models say while they answer is not shown: a pooler in front of the database passes no notifications on';
    for (const { onDeaf } of [...this.#hearers].slice(0, 1)) onDeaf(why);
  }

  #pass(payload: string): void {
    const passed = parseJson(payload) as Partial<PassedDelta> | undefined;
    if (typeof passed?.no !== 'number' || typeof passed.delta?.text !== 'string') return;
    for (const hearer of this.#hearers) if (hearer.no === passed.no) hearer.hear(passed.delta);
  }

  async #hangUp(): Promise<void> {
    const line = this.#line;
    this.#line = null;
    await line?.close();
  }
}
