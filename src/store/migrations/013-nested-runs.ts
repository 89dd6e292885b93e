/**
 * A run may be a task of another one. What it holds back and spends counts to that run as well, to the limits of the task there, and so on
 * outwards: a trigger sees to it, so that no statement that touches a run's money can forget it.
 */
export const migration = {
  id: 13,
  name: 'nested-runs',
  // The code of before starts no such runs, and the trigger does nothing for others.
  worksFrom: 12,
  sql: `
alter table runs add column parent_no bigint references runs (no) on delete cascade;
-- The execution there whose task it is, in which attempt, and the limits below the run's own that it counts to.
alter table runs add column parent_task text;
alter table runs add column parent_attempt integer;
alter table runs add column parent_scopes text[];
-- Which of its limits are those of the run around it, as its file sets none: they follow when those change.
alter table runs add column inherits text[] not null default '{}';
create index runs_parent on runs (parent_no, parent_task) where parent_no is not null;

-- A run with all that are, or were, tasks of it, and tasks of those.
create function gaffer_family(outermost bigint) returns setof bigint language sql stable as $family$
  with recursive family (no) as (select outermost union all select n.no from runs n join family f on n.parent_no = f.no)
  select no from family
$family$;

-- What a run and all below it have spent within a minute; what a nested run cost as a whole (usage has "nested") counts once, call by call.
create function gaffer_minute_nano(outermost bigint) returns bigint language sql stable as $minute$
  select coalesce(sum(m.cost_nano), 0)::bigint from messages m
  where m.run_no in (select gaffer_family(outermost)) and m.cost_nano is not null
    and m.created_at > statement_timestamp() - interval '1 minute' and (m.usage -> 'nested') is null
$minute$;

create function gaffer_count_to_parent() returns trigger language plpgsql as $count$
declare
  nano bigint := new.reserved_nano - old.reserved_nano;
  tokens bigint := new.reserved_tokens - old.reserved_tokens;
  spent bigint := new.spent_nano - old.spent_nano;
  used bigint := new.spent_tokens - old.spent_tokens;
  scoped record;
begin
  update runs set reserved_nano = greatest(0, reserved_nano + nano), reserved_tokens = greatest(0, reserved_tokens + tokens),
    spent_nano = spent_nano + spent, spent_tokens = spent_tokens + used where no = new.parent_no;
  update ledger set reserved_nano = greatest(0, reserved_nano + nano), reserved_tokens = greatest(0, reserved_tokens + tokens),
    spent_nano = spent_nano + spent, spent_tokens = spent_tokens + used
    where run_no = new.parent_no and scope = any(new.parent_scopes);
  if nano <= 0 and tokens <= 0 then return null; end if;
  for scoped in
    select r.scope, r.unit, r.most, r.gone, r.held, r.asked from (
      select 1 as rank, scope, 'usd' as unit, limit_nano as most, spent_nano as gone, reserved_nano as held, nano as asked
        from ledger where run_no = new.parent_no and scope = any(new.parent_scopes)
      union all select 1, scope, 'tokens', limit_tokens, spent_tokens, reserved_tokens, tokens
        from ledger where run_no = new.parent_no and scope = any(new.parent_scopes)
      union all select 2, 'run', 'usd', limit_nano, spent_nano, reserved_nano, nano from runs where no = new.parent_no
      union all select 2, 'run', 'tokens', limit_tokens, spent_tokens, reserved_tokens, tokens from runs where no = new.parent_no
      union all select 3, 'speed', 'usd', limit_nano_per_minute, gaffer_minute_nano(no), reserved_nano, nano
        from runs where no = new.parent_no and limit_nano_per_minute is not null and nano > 0
    ) r where r.gone + r.held > r.most order by r.rank, r.unit desc
  loop
    raise exception 'a limit of the run around it is reached' using errcode = 'GF001', detail = json_build_object(
      'scope', scoped.scope, 'unit', scoped.unit, 'limit', scoped.most, 'spent', scoped.gone,
      'reserved', scoped.held - scoped.asked, 'asked', scoped.asked)::text;
  end loop;
  return null;
end $count$;

create trigger runs_count_to_parent after update on runs for each row
  when (new.parent_no is not null and (
    new.reserved_nano <> old.reserved_nano or new.reserved_tokens <> old.reserved_tokens
    or new.spent_nano <> old.spent_nano or new.spent_tokens <> old.spent_tokens))
  execute function gaffer_count_to_parent();
`,
} as const;
