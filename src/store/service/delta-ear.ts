/*
 * How a process hears what models say:
 *
 * E1 One connection for all runs that it listens to, while there are some; which those are is written down again and again for the
 *    workers, so that what a killed process leaves ends by itself.
 * E2 A pooler in between may take the wish to listen and deliver nothing. So it is tried out once, and given up where nothing comes.
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
  #isDeaf = false;
  #beating: Promise<void> | undefined;
  #waking = new AbortController();
  #echo = new AbortController();

  constructor(database: Database) {
    this.#database = database;
  }

  hear(runKey: string, hear: Hearer['hear'], onDeaf: Hearer['onDeaf']): () => void {
    const hearer: Hearer = { runKey, hear, onDeaf, no: null };
    if (this.#isDeaf) return () => undefined;
    this.#hearers.add(hearer);
    this.#waking.abort();
    this.#beating ??= this.#beat().finally(() => (this.#beating = undefined));
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
      await delay(isThere && !areOpen ? soonMs : beatMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
    await this.#hangUp();
    await this.#database
      .query('delete from delta_readers where reader = $1::uuid or until < clock_timestamp()', [this.#id])
      // They end by themselves.
      .catch(() => undefined);
  }

  async #renew(): Promise<void> {
    this.#line ??= await this.#listen();
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

  // E2
  async #listen(): Promise<Line> {
    const word = `echo ${randomUUID()}`;
    const echo = new AbortController();
    this.#echo = echo;
    let line: Line | null = null;
    line = await this.#database.listen(
      channel,
      (payload) => (payload === word ? echo.abort() : this.#pass(payload)),
      () => {
        if (this.#line === line) this.#line = null;
      },
    );
    await this.#database.query('select pg_notify($1, $2)', [channel, word]);
    const isDeaf = await delay(echoWithinMs, true, { signal: echo.signal, ref: false }).catch(() => false);
    if (!isDeaf) return line;
    this.#isDeaf = true;
    const why =
      'what models say while they answer is not shown: a pooler in front of the database passes no notifications on';
    for (const { onDeaf } of [...this.#hearers].slice(0, 1)) onDeaf(why);
    this.#hearers.clear();
    return line;
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
