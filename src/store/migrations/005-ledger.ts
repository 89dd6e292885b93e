/** Limits below the run's own, a limit on speed, and the gates that keep all workers together to a provider's rate limits. */
export const migration = {
  id: 5,
  name: 'ledger',
  sql: `
-- Most that may be spent within a minute; null: any.
alter table runs add column limit_nano_per_minute bigint;

-- scope is phase/NAME, task/ID or agent/NAME. A row is there only where a limit is; the run's own limit is in its row.
create table ledger (
  run_no bigint not null references runs (no) on delete cascade,
  scope text not null,
  limit_nano bigint,
  limit_tokens bigint,
  spent_nano bigint not null default 0,
  spent_tokens bigint not null default 0,
  reserved_nano bigint not null default 0,
  reserved_tokens bigint not null default 0,
  primary key (run_no, scope)
);

-- The scopes in which a row's reservation is held.
alter table journal add column scopes text[] not null default '{}';

create index messages_spent on messages (run_no, created_at) where cost_nano is not null;

-- How fast all workers together may ask a model of a provider. A row is there only once there is something to keep to.
create table model_gates (
  provider text not null,
  model text not null,
  -- Nobody asks before it: the provider's own word.
  closed_until timestamptz not null default now(),
  -- Moment from which on the next call may be made; calls take theirs one after the other.
  next_at timestamptz not null default now(),
  -- Calls a minute that the provider's refusals taught us; null: none are known.
  calls_per_minute double precision,
  refused_at timestamptz,
  primary key (provider, model)
);
`,
} as const;
