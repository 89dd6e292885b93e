/*
 * SQL of the gates (model-gates.ts). Rates are calls a minute, spans are seconds.
 *
 * After a refusal the rate follows CUBIC's curve (RFC 9438; the AWS SDKs' adaptive retries use it for rates): from half of what went
 * through it is back where it was after `back`, lingers there, and then grows faster and faster, until after 3.4 times `back` it is
 * eight times as much and no limit any more.
 */
const back = 'least(60, greatest(3, 1200 / calls_per_minute))';
/** Whether a gate still keeps to what it learned. */
const learns = (now: string): string =>
  `(opened_at is not null and ${now} < opened_at + make_interval(secs => 3.4 * ${back}))`;

const learnedAt = (at: string): string =>
  `case when ${learns(at)} then calls_per_minute
     * (1 - 0.5 * power(1 - greatest(0, extract(epoch from ${at} - opened_at)) / ${back}, 3)) end`;

const toldAt = (now: string): string => `case when told_at > ${now} - interval '10 seconds' then told_per_minute end`;

// Changes whenever all moments that were taken are void (G2).
const stamp = `coalesce(extract(epoch from greatest(refused_at, overloaded_at)), 0)::float8`;

/** $1 provider, $2 model. Whether there is anything to keep to but configured limits. */
export const isOpenText = `
select not (closed_until > clock_timestamp() or ${learns('clock_timestamp()')} or ${toldAt('clock_timestamp()')} is not null) as open
from model_gates where provider = $1 and model = $2`;

/** $1 provider, $2 model. What a moment needs to hold: the same stamp as when it was taken, and that nothing is closed. */
export const holdsText = `
select ${stamp} as stamp, extract(epoch from closed_until - clock_timestamp())::float8 * 1000 as closed_ms from model_gates where provider = $1 and model = $2`;

/**
 * Takes a moment. $1 provider, $2 model, $3 configured calls a minute, $4 the call's share of the configured tokens a minute,
 * $5 burst of configured limits, $6 longest wait.
 *
 * The rate is that of the moment, which is later than now. Who would have to wait too long is told when to come back, one after the
 * other. After an overload nothing gives a rate, so all come back within as long a time as it was closed.
 */
export const enterText = `
with gate as (
  select *, clock_timestamp() as now from model_gates where provider = $1 and model = $2 for update),
slot as (
  select *, ${toldAt('now')} as told, greatest(next_at, opened_at, case when closed_until > now then closed_until end, now - make_interval(secs =>
    case when ${learns('now')} or ${toldAt('now')} is not null then 1 else $5::float8 end)) as at from gate),
pace as (
  select *, ${stamp} as stamp, at <= now + make_interval(secs => $6::float8) as taken, coalesce(60 * $4::float8, 0) as heavy,
    60 / least(${learnedAt('at')}, told, $3::float8) as takes,
    60 / least(case when ${learns('now')} then calls_per_minute end, told, $3::float8) as usually,
    case when closed_until > now and overloaded_at > coalesce(refused_at, '-infinity')
      then random() * extract(epoch from closed_until - overloaded_at) else 0 end as jitter
  from slot),
done as (
  update model_gates g set
    next_at = case when pace.taken then pace.at + make_interval(secs => greatest(takes, heavy)) else g.next_at end,
    later_at = case when pace.taken then g.later_at
      else greatest(g.later_at, pace.at) + make_interval(secs => greatest(usually, heavy)) end
  from pace where g.provider = $1 and g.model = $2)
select taken, stamp, 1000 * greatest(0,
  extract(epoch from case when taken then at else greatest(later_at, at) end - now)
  + case when takes is null then jitter else 0 end)::float8 as wait
from pace`;

const ofGate = (text: string): string =>
  text.replaceAll(/\b(calls_per_minute|refused_at|opened_at|overloaded_at|closed_until)\b/g, 'model_gates.$1');

/*
 * Whether a refusal tells something new. Calls that were under way together are refused together: that counts once, for the others were
 * made with an older stamp. A worker that thinks the gate is open has none.
 */
const isNewRate = ofGate(
  `(refused_at is null or $4::float8 >= extract(epoch from refused_at)::float8 or not ${learns('clock_timestamp()')})`,
);
const madeAt = 'clock_timestamp() - make_interval(secs => $5::float8)';
const isNewOverload = ofGate(
  `(overloaded_at is null or $4::float8 >= extract(epoch from overloaded_at)::float8 or ${madeAt} > closed_until)`,
);
// It was asked again as soon as that was allowed, and has too much to do still.
const isStillOverloaded = ofGate(`(overloaded_at is not null and ${madeAt} < closed_until + interval '1 second')`);

/**
 * Refused for its rate. $1 provider, $2 model, $3 how long it is closed, $4 stamp of the call, $5 calls a minute that go through as far as
 * anybody knows: an estimate that lags, so what was learned counts up to a quarter more than that.
 */
export const refusedText = `
insert into model_gates (provider, model, closed_until, next_at, opened_at, calls_per_minute, refused_at)
select $1, $2, opens, opens, opens, greatest(1, $5::float8), clock_timestamp()
from (select clock_timestamp() + make_interval(secs => $3::float8) as opens) as closing
on conflict (provider, model) do update set
  closed_until = greatest(model_gates.closed_until, excluded.closed_until),
  opened_at = greatest(model_gates.opened_at, excluded.opened_at),
  next_at = case when ${isNewRate} then clock_timestamp() else model_gates.next_at end,
  calls_per_minute = case when ${isNewRate}
    then greatest(1, least(${ofGate(learnedAt('clock_timestamp()'))}, 1.25 * excluded.calls_per_minute)) else model_gates.calls_per_minute end,
  refused_at = case when ${isNewRate} then excluded.refused_at else model_gates.refused_at end`;

/**
 * It has too much to do. $1 provider, $2 model, $3 how long it asks to be left alone, if it does, $4 stamp of the call, $5 how long ago it
 * was made.
 *
 * Left alone for a second first, then twice as long each time, up to half a minute, give or take a quarter; its rate stays what it is.
 */
export const overloadedText = `
insert into model_gates (provider, model, closed_until, overloaded_at)
values ($1, $2, clock_timestamp() + make_interval(secs => coalesce($3::float8, 0.75 + random() / 2)), clock_timestamp())
on conflict (provider, model) do update set
  closed_until = greatest(model_gates.closed_until, case
    when not ${isNewOverload} then model_gates.closed_until
    when $3::float8 is null and ${isStillOverloaded} then clock_timestamp()
      + least(interval '30 seconds', 2 * (model_gates.closed_until - model_gates.overloaded_at)) * (0.75 + random() / 2)
    else excluded.closed_until end),
  next_at = case when ${isNewOverload} then clock_timestamp() else model_gates.next_at end,
  overloaded_at = case when ${isNewOverload} then excluded.overloaded_at else model_gates.overloaded_at end`;

/**
 * Lets one call through a gate that is closed for long. $1 provider, $2 model, $3 seconds since the last one.
 */
export const probeText = `
update model_gates set probed_at = clock_timestamp() where provider = $1 and model = $2
  and (probed_at is null or probed_at < clock_timestamp() - make_interval(secs => $3::float8)) returning ${stamp} as stamp`;

/** It has just been closed for long, so that is known to hold. $1 provider, $2 model. */
export const probedText = 'update model_gates set probed_at = clock_timestamp() where provider = $1 and model = $2';

/** It answers again: as after any refusal, at the rate that was learned. $1 provider, $2 model. */
export const openText = `
update model_gates set closed_until = clock_timestamp(), next_at = clock_timestamp(), later_at = clock_timestamp(), probed_at = null,
  opened_at = case when calls_per_minute is null then opened_at else clock_timestamp() end
where provider = $1 and model = $2 and closed_until > clock_timestamp()`;

/** The provider's own word. $1 provider, $2 model, $3 calls a minute. */
export const toldText = `
insert into model_gates (provider, model, told_per_minute, told_at) values ($1, $2, $3, clock_timestamp())
on conflict (provider, model) do update set told_per_minute = excluded.told_per_minute, told_at = excluded.told_at`;

/** What went through in the last ten seconds, of all models and workers: no parameters. */
export const goneThroughText = `
select count(*)::integer as calls, extract(epoch from statement_timestamp() - min(m.created_at))::float8 as seconds
from runs r join messages m on m.run_no = r.no
where m.cost_nano is not null and m.depth > 0 and m.created_at > statement_timestamp() - interval '10 seconds'
  and (r.ended_at is null or r.ended_at > statement_timestamp() - interval '10 seconds')`;
