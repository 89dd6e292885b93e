/*
 * How a worker passes on what its models say:
 *
 * D1 Never in a transaction of a turn: a notification takes a lock of the whole database at its commit. One small batch goes out for all
 *    calls of a process, in its own transaction, which waits for no disk.
 * D2 Only for runs that somebody listens to, which is looked up once a second while a model speaks, and never waited for.
 * D3 What cannot be sent is dropped: whoever reads sees by the offsets that something is missing, and gets the answer itself later.
 */
import type { AnsweringCall } from '../../domain/conversation/agent-delta.ts';
import type { Sql } from '../database/sql.ts';
import { channel, type PassedDelta } from './deltas.ts';

const lookEveryMs = 1000;
const sendEveryMs = 100;
/** Most characters of one delta: with its names it stays below the 8,000 bytes of a notification, whatever they are. */
const mostText = 1000;
/** Most bytes of one notification. */
const mostBytes = 7900;
/** Most characters of one call that wait to be sent, and most notifications at once. */
const mostWaiting = 16_000;
const mostAtOnce = 64;

interface Waiting {
  no: number;
  call: AnsweringCall;
  offset: number;
  text: string;
}

/** Passes on what models of this process say. */
export class DeltaMouth {
  readonly #sql: Sql;
  #heard: ReadonlySet<number> = new Set();
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly #waiting = new Map<string, Waiting>();
  #timer: NodeJS.Timeout | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  speak(no: number, call: AnsweringCall): (text: string) => void {
    let offset = 0;
    // Before a model begins to speak, so that its first words are not lost.
    this.#lookAgain();
    return (text) => {
      this.#lookAgain();
      if (this.#heard.has(no)) this.#wait({ no, call, offset, text });
      offset += text.length;
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#heard = new Set();
    this.#lookedAt = Number.POSITIVE_INFINITY;
    this.#waiting.clear();
  }

  // D2
  #lookAgain(): void {
    const now = performance.now();
    if (now - this.#lookedAt < lookEveryMs) return;
    this.#lookedAt = now;
    this.#sql
      .query<{ run_no: number }>('select distinct run_no from delta_readers where until > clock_timestamp()')
      .then(({ rows }) => (this.#heard = new Set(rows.map((row) => row.run_no))))
      // D3: where the database is away, turns say so themselves.
      .catch(() => (this.#heard = new Set()));
  }

  #wait({ no, call, offset, text }: Waiting): void {
    const key = `${no}/${call.call}`;
    const before = this.#waiting.get(key);
    if (!before) this.#waiting.set(key, { no, call, offset, text });
    // D3: behind a gap nothing more of the batch is taken.
    else if (before.offset + before.text.length === offset && before.text.length < mostWaiting) before.text += text;
    this.#sendSoon();
  }

  #sendSoon(): void {
    this.#timer ??= setTimeout(() => this.#send(), sendEveryMs).unref();
  }

  // D1
  #send(): void {
    const payloads = [...this.#waiting.values()].flatMap(toPayloads).slice(0, mostAtOnce);
    this.#waiting.clear();
    const sent = this.#sql.query(
      `select set_config('synchronous_commit', 'off', true), pg_notify($1, payload) from unnest($2::text[]) payload`,
      [channel, payloads],
    );
    const done = (): void => {
      this.#timer = undefined;
      // What came meanwhile.
      if (this.#waiting.size > 0) this.#sendSoon();
    };
    // D3
    sent.then(done, done);
  }
}

function toPayloads({ no, call, offset, text }: Waiting): string[] {
  const payloads: string[] = [];
  for (let at = 0; at < text.length;) {
    const piece = wholeCharacters(text.slice(at, at + mostText));
    const passed: PassedDelta = { no, delta: { type: 'agent:delta', ...call, offset: offset + at, text: piece } };
    const payload = JSON.stringify(passed);
    if (Buffer.byteLength(payload) <= mostBytes) payloads.push(payload);
    at += piece.length;
  }
  return payloads;
}

// A character of two halves is not cut in two, but where it came so.
function wholeCharacters(text: string): string {
  return text.length === mostText && /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}
