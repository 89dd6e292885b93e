/*
 * All workers and runs together keep to a provider's rate limit, model by model:
 * G1 When the provider refuses a call for its rate, the gate is closed for everybody until it wants to be asked again, and half as
 *    many calls go through from then on; for every quiet minute twice as many again.
 * G2 Each call takes the next moment that is free, once, and waits for it: whoever comes first goes first, and nobody asks in vain.
 * G3 While a provider takes everything and no limit is set, nothing is written, and a worker looks only once a second.
 */
import type { Sql } from './sql.ts';

/** Limits of an account, as its owner knows them; null: unknown. Tokens are counted before a call, at their most. */
export interface RateLimits {
  callsPerMinute: number | null;
  tokensPerMinute: number | null;
}

/** See the invariants on top of this file. */
export interface ModelGates {
  /** Takes the next free moment for a call. @returns how long to wait for it, in ms; `taken` false: too long, ask again then */
  enter(call: { model: string; tokens: number }): Promise<{ waitMs: number; taken: boolean }>;
  /** The provider refused a call for its rate. `retryAfterMs`: its own word, if it gave one. */
  refused(model: string, retryAfterMs: number | null): Promise<void>;
}

const lookEveryMs = 1000;
const defaultClosedMs = 2000;
// Where learning begins at the lowest: a run of few calls must not wait a minute for each because of one refusal.
const firstCallsPerMinute = 60;
// So much unused time can be made up for: calls come in bursts.
const burstMs = 5000;

// What the refusals taught, as of now: doubled for every minute after the first half one, and forgotten after ten.
const learnedText = `case when refused_at > clock_timestamp() - interval '10 minutes'
  then calls_per_minute * power(2, greatest(0, extract(epoch from clock_timestamp() - refused_at) / 60 - 0.5)) end`;

const enterText = `
with asked as (
  select provider, model, greatest(next_at, case when closed_until > clock_timestamp() then closed_until end, clock_timestamp() - make_interval(secs => $5)) as at,
    greatest(coalesce(60 / least(${learnedText}, $3::float8), 0), coalesce(60 * $4::float8, 0)) as takes
  from model_gates where provider = $1 and model = $2 for update),
taken as (
  update model_gates g set next_at = asked.at + make_interval(secs => asked.takes) from asked
  where g.provider = asked.provider and g.model = asked.model and asked.at <= clock_timestamp() + make_interval(secs => $6)
  returning 1)
select greatest(0, extract(epoch from at - clock_timestamp()) * 1000)::float8 as wait, exists (select 1 from taken) as taken from asked`;

const refusedText = `
insert into model_gates (provider, model, closed_until, calls_per_minute, refused_at)
values ($1, $2, clock_timestamp() + make_interval(secs => $3), $4, clock_timestamp())
on conflict (provider, model) do update set
  closed_until = greatest(model_gates.closed_until, excluded.closed_until),
  -- Calls that were in flight together are refused together: that counts once.
  calls_per_minute = case when model_gates.refused_at > clock_timestamp() - interval '5 seconds' then model_gates.calls_per_minute
    else greatest(1, coalesce((select ${learnedText.replaceAll(/\b(refused_at|calls_per_minute)\b/g, 'model_gates.$1')}) / 2, excluded.calls_per_minute)) end,
  refused_at = clock_timestamp()`;

/** The gates of one provider in PostgreSQL. `longestWaitMs`: a longer wait is not taken. */
export function createModelGates(
  sql: Sql,
  { provider, limits, longestWaitMs }: { provider: string; limits: RateLimits; longestWaitMs: number },
): ModelGates {
  const looked = new Map<string, { at: number; isOpen: boolean }>();
  const recent: number[] = [];
  const hasLimits = limits.callsPerMinute !== null || limits.tokensPerMinute !== null;
  const isOpen = async (model: string): Promise<boolean> => {
    if (hasLimits) return false;
    const known = looked.get(model);
    if (known && Date.now() - known.at < lookEveryMs) return known.isOpen;
    const { rows } = await sql.query(
      `select 1 from model_gates where provider = $1 and model = $2
         and (closed_until > clock_timestamp() or next_at > clock_timestamp() or refused_at > clock_timestamp() - interval '10 minutes')`,
      [provider, model],
    );
    looked.set(model, { at: Date.now(), isOpen: rows.length === 0 });
    return rows.length === 0;
  };
  return {
    async enter({ model, tokens }) {
      remember(recent);
      if (await isOpen(model)) return { waitMs: 0, taken: true };
      if (hasLimits)
        await sql.query(
          "insert into model_gates (provider, model, next_at) values ($1, $2, now() - interval '1 minute') on conflict do nothing",
          [provider, model],
        );
      const share = limits.tokensPerMinute === null ? null : tokens / limits.tokensPerMinute;
      const values = [provider, model, limits.callsPerMinute, share, burstMs / 1000, longestWaitMs / 1000];
      const { rows } = await sql.query<{ wait: number; taken: boolean }>(enterText, values);
      return { waitMs: rows[0]?.wait ?? 0, taken: rows[0]?.taken ?? true };
    },
    async refused(model, retryAfterMs) {
      looked.delete(model);
      // Nobody has learned anything yet: half of what this worker alone has asked for within the last minute.
      const first = Math.max(firstCallsPerMinute, remember(recent, 0) / 2);
      await sql.query(refusedText, [provider, model, (retryAfterMs ?? defaultClosedMs) / 1000, first]);
    },
  };
}

// Notes a call, and counts those of the last minute.
function remember(recent: number[], calls = 1): number {
  const now = Date.now();
  if (calls > 0) recent.push(now);
  while (recent.length > 0 && recent[0]! < now - 60_000) recent.shift();
  return recent.length;
}
