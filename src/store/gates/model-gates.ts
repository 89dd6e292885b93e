/*
 * All workers and runs together keep to a provider's rate limit, model by model (docs/decisions/0010-rate-limits.md):
 * G1 When the provider refuses a call for its rate, the gate is closed for everybody until it wants to be asked again; then half as
 *    many calls go through as did before, and within seconds as many again, and more, until it refuses one again.
 * G2 Each call takes the next moment that is free and waits for it: who comes first goes first. A refusal makes all moments void that
 *    were taken before it, and whoever waits for one takes another: nobody asks in vain.
 * G3 While a provider takes everything and no limit is set, nothing is written, and a worker looks only once a second.
 * G4 An overload is not the account's limit: everybody leaves the provider alone for a moment, twice as long each time that it does not
 *    help, comes back one by one, and is as fast as before.
 * G5 What the provider says of its limit is kept to as soon as four fifths of it are used up, so that it need not refuse anything.
 * G6 A gate that is closed for long is tried now and then, by one call; by one after the other where somebody insists. When one gets
 *    through, it is open for all; when one is refused, the provider's newest word holds.
 */
import {
  enterText,
  goneThroughText,
  holdsText,
  isOpenText,
  openText,
  overloadedText,
  probedText,
  probeText,
  refusedText,
  toldText,
} from './gate-statements.ts';
import { createRecentCalls } from './recent-calls.ts';
import { insistEveryMs, longWaitMs, probeEveryMs } from '../../domain/run/long-wait.ts';
import type { Sql } from '../database/sql.ts';

/** Limits of an account, as its owner knows them; null: unknown. Tokens are counted before a call, at their most. */
export interface RateLimits {
  callsPerMinute: number | null;
  tokensPerMinute: number | null;
}

/** A moment at which a call may be made. */
export interface Moment {
  /** How long to wait for it. */
  waitMs: number;
  /** Whether it was taken; else it is too far away, and the call shall ask again then. */
  taken: boolean;
  /** See {@link ModelGates.holds}. */
  stamp: number;
  /** The gate is closed for long, and this call tries it (G6). */
  isProbe?: true;
}

/** A provider's own word on what is left of a limit. */
interface Allowance {
  limit: number;
  remaining: number;
}

/** A call that the provider refused. */
export interface Refusal {
  model: string;
  /** The one at which it was made, and how long ago that was. */
  moment: Moment;
  agoMs: number;
  kind: 'rate' | 'overload';
  /** The provider's own word, if it gave one. */
  retryAfterMs: number | null;
}

/** See the invariants on top of this file. */
export interface ModelGates {
  /** Takes the next free moment for a call. */
  enter(call: { model: string; tokens: number; insists?: boolean }): Promise<Moment>;
  /** Whether a moment that has come may be used; else another one has to be taken (G2). */
  holds(model: string, moment: Moment): Promise<boolean>;
  refused(refusal: Refusal): Promise<void>;
  /** A probe got through (G6). */
  open(model: string): Promise<void>;
  /** What an answer told of the limits of requests and tokens a minute, and how many tokens it counted to them. */
  heard(model: string, told: { requests: Allowance | null; tokens: Allowance | null; used: number }): Promise<void>;
}

const lookEveryMs = 1000;
/** While there is something to keep to, nobody acts on older news. */
const freshMs = 200;
const defaultClosedMs = 1000;
const configuredBurstMs = 5000;
const usedUpShare = 0.8;

const free: Moment = { waitMs: 0, taken: true, stamp: 0 };

/** The gates of one provider in PostgreSQL. `longestWaitMs`: a moment that is further away is not taken. */
export function createModelGates(
  sql: Sql,
  settings: { provider: string; limits: RateLimits; longestWaitMs: number },
): ModelGates {
  const { provider, limits } = settings;
  const recent = createRecentCalls();
  const { looks, stamps, forget } = newsOf(sql, provider);
  const told = createAverages();
  return {
    async enter({ model, tokens, insists = false }) {
      const call = { ...settings, model, tokens, insists };
      const isFree = !hasLimits(limits) && (await looks.of(model));
      const moment = isFree ? free : await takeOrProbe(sql, call, await stamps.of(model));
      if (moment.taken && moment.waitMs <= 0) recent.note(model);
      return moment;
    },
    async holds(model, { stamp }) {
      const known = await stamps.of(model);
      const isOurs = known.stamp === stamp && performance.now() >= known.opensAt;
      if (isOurs) recent.note(model);
      return isOurs;
    },
    async refused(refusal) {
      forget(refusal.model);
      await closeGate(sql, provider, { ...refusal, own: recent.of(refusal.model) });
      forget(refusal.model);
    },
    async open(model) {
      await sql.query(openText, [provider, model]);
      forget(model);
    },
    async heard(model, { requests, tokens, used }) {
      const average = told.add(model, used);
      const limit = Math.min(nearLimit(requests), nearLimit(tokens) / Math.max(1, average));
      if (limit === Infinity || !told.isDue(model)) return;
      await sql.query(toldText, [provider, model, Math.max(1, limit)]);
      looks.forget(model);
    },
  };
}

// G6
async function takeOrProbe(
  sql: Sql,
  { insists, ...call }: Parameters<typeof takeMoment>[1] & { insists: boolean },
  { opensAt }: { opensAt: number },
): Promise<Moment> {
  const closedMs = opensAt - performance.now();
  if (closedMs <= longWaitMs) return takeMoment(sql, call);
  const everyMs = insists ? insistEveryMs : probeEveryMs;
  const { rows } = await sql.query<{ stamp: number }>(probeText, [call.provider, call.model, everyMs / 1000]);
  const [found] = rows;
  if (found) return { waitMs: 0, taken: true, stamp: found.stamp, isProbe: true };
  return { ...free, waitMs: insists ? everyMs : closedMs, taken: false };
}

/** Whether a model's gate is open, and which closing counts there. */
function newsOf(sql: Sql, provider: string) {
  const looks = createNews(lookEveryMs, async (model) => {
    const { rows } = await sql.query<{ open: boolean }>(isOpenText, [provider, model]);
    return rows[0]?.open ?? true;
  });
  const stamps = createNews(freshMs, async (model) => {
    const { rows } = await sql.query<{ stamp: number; closed_ms: number | null }>(holdsText, [provider, model]);
    // A time, not a word: what is kept must not outlive the closing.
    return { stamp: rows[0]?.stamp ?? 0, opensAt: performance.now() + (rows[0]?.closed_ms ?? 0) };
  });
  const forget = (model: string): void => [looks, stamps].forEach((news) => news.forget(model));
  return { looks, stamps, forget };
}

// What the database says of a model, asked again when it is older than that.
function createNews<News>(freshForMs: number, ask: (model: string) => Promise<News>) {
  const kept = new Map<string, { at: number; news: News }>();
  return {
    async of(model: string): Promise<News> {
      const known = kept.get(model);
      if (known && performance.now() - known.at < freshForMs) return known.news;
      const news = await ask(model);
      kept.set(model, { at: performance.now(), news });
      return news;
    },
    forget(model: string): void {
      kept.delete(model);
    },
  };
}

function hasLimits({ callsPerMinute, tokensPerMinute }: RateLimits): boolean {
  return callsPerMinute !== null || tokensPerMinute !== null;
}

async function openGate(sql: Sql, provider: string, model: string): Promise<void> {
  await sql.query(
    "insert into model_gates (provider, model, next_at) values ($1, $2, now() - interval '1 minute') on conflict do nothing",
    [provider, model],
  );
}

async function takeMoment(
  sql: Sql,
  {
    provider,
    limits,
    longestWaitMs,
    model,
    tokens,
  }: { provider: string; limits: RateLimits; longestWaitMs: number; model: string; tokens: number },
): Promise<Moment> {
  if (hasLimits(limits)) await openGate(sql, provider, model);
  const share = limits.tokensPerMinute === null ? null : tokens / limits.tokensPerMinute;
  const values = [provider, model, limits.callsPerMinute, share, configuredBurstMs / 1000, longestWaitMs / 1000];
  const { rows } = await sql.query<{ wait: number; taken: boolean; stamp: number }>(enterText, values);
  const { wait: waitMs, taken, stamp } = rows[0] ?? { ...free, wait: 0 };
  return { waitMs, taken, stamp };
}

/** Calls that went through lately, of this process: how many a minute, and its share of all. */
interface Pace {
  perMinute: number;
  share: number;
}

async function closeGate(
  sql: Sql,
  provider: string,
  { model, kind, retryAfterMs, moment: { stamp, isProbe }, agoMs, own }: Refusal & { own: Pace },
): Promise<void> {
  // Its newest word holds (G6).
  if (isProbe) await sql.query(openText, [provider, model]);
  const closedMs = retryAfterMs ?? (kind === 'rate' ? defaultClosedMs : null);
  const values = [provider, model, closedMs === null ? null : closedMs / 1000, stamp];
  if (kind === 'overload') await sql.query(overloadedText, [...values, agoMs / 1000]);
  else await sql.query(refusedText, [...values, await perMinuteNow(sql, own)]);
  if (closedMs !== null && closedMs > longWaitMs) await sql.query(probedText, [provider, model]);
}

// All workers' answers, as far as they are this model's; at the beginning of a storm few have come yet, and our own calls tell more.
async function perMinuteNow(sql: Sql, own: Pace): Promise<number> {
  const { rows } = await sql.query<{ calls: number; seconds: number | null }>(goneThroughText, []);
  const { calls, seconds } = rows[0]!;
  const all = (calls * 60 * own.share) / Math.max(1, seconds ?? 1);
  return Math.max(own.perMinute, all);
}

// G5. Infinity: there is plenty left.
function nearLimit(allowance: Allowance | null): number {
  if (!allowance || allowance.limit <= 0) return Infinity;
  return allowance.remaining > allowance.limit * (1 - usedUpShare) ? Infinity : allowance.limit;
}

// Tokens of a call, model by model: the later ones count more. Says once a second that it is time to tell.
function createAverages() {
  const averages = new Map<string, { tokens: number; toldAt: number }>();
  return {
    add(model: string, tokens: number): number {
      const before = averages.get(model);
      const average = before ? before.tokens * 0.9 + tokens * 0.1 : tokens;
      averages.set(model, { tokens: average, toldAt: before?.toldAt ?? -Infinity });
      return average;
    },
    isDue(model: string): boolean {
      const one = averages.get(model)!;
      if (performance.now() - one.toldAt < lookEveryMs) return false;
      one.toldAt = performance.now();
      return true;
    },
  };
}
