/** Who may call the service, what was done by whom, and how much each may do. */
export const migration = {
  id: 26,
  name: 'access',
  // Only adds tables: the code of before has no service.
  worksFrom: 12,
  sql: `
create table api_keys (
  id text primary key,
  -- SHA-256 of the whole key; null: it has no text, and what a browser was let in with stands for it.
  hash bytea check (length(hash) = 32),
  name text not null,
  tenant text not null,
  scopes text[] not null,
  roles text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

-- What lets a browser in for a key: a code of the link that it was opened with, once, and then its cookie.
create table service_sessions (
  hash bytea primary key check (length(hash) = 32),
  kind text not null check (kind in ('code', 'cookie')),
  key_id text not null references api_keys (id) on delete cascade,
  expires_at timestamptz not null
);
create index service_sessions_expires on service_sessions (expires_at);
create index service_sessions_key on service_sessions (key_id);

create table audit (
  no bigint primary key,
  at timestamptz not null,
  key_id text,
  key_name text not null,
  tenant text not null,
  action text not null,
  run_id text,
  result text not null,
  detail jsonb,
  previous bytea not null,
  hash bytea not null
);
create index audit_run on audit (run_id, no) where run_id is not null;
create index audit_tenant on audit (tenant, no);

-- What a row says, bound to the row before. Times as whole microseconds: how a time is written is a setting of who asks.
create function audit_hash(entry audit) returns bytea language sql stable as $$
  select sha256(entry.previous || convert_to(jsonb_build_array(
    entry.no, (extract(epoch from entry.at) * 1000000)::bigint, entry.key_id, entry.key_name, entry.tenant,
    entry.action, entry.run_id, entry.result, entry.detail)::text, 'UTF8'))
$$;

-- Rows are numbered and chained one after the other, whoever inserts them: the lock holds until that transaction's end.
create function audit_chain() returns trigger language plpgsql as $$
declare
  head record;
begin
  perform pg_advisory_xact_lock(1734436454, 26);
  select a.no, a.hash into head from audit a order by a.no desc limit 1;
  new.no := coalesce(head.no, 0) + 1;
  new.previous := coalesce(head.hash, '\\x'::bytea);
  new.at := clock_timestamp();
  new.hash := audit_hash(new);
  return new;
end $$;
create trigger audit_chain before insert on audit for each row execute function audit_chain();

create function audit_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is only added to' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_refuse before update or delete or truncate on audit for each statement execute function audit_refuse();

-- How much was asked for of late, by key or address: until when its calls are spread out. Nothing is lost with it, so nothing is written twice for it.
create unlogged table call_rates (
  caller text primary key,
  until timestamptz not null
);
create index call_rates_until on call_rates (until);

-- Streams that are open, each for as long as its process says that it is.
create unlogged table open_streams (
  id uuid primary key,
  key_id text not null,
  until timestamptz not null
);
create index open_streams_key on open_streams (key_id, until);
`,
} as const;
