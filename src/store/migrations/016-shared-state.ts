/** What the agents of a run share: versioned keys, and locks on them. */
export const migration = {
  id: 16,
  name: 'shared-state',
  // Only new tables.
  worksFrom: 12,
  sql: `
-- One row per run that shares something: whoever changes it, or its locks, takes turns here.
create table state_books (
  run_no bigint primary key references runs (no) on delete cascade,
  keys integer not null default 0,
  last_token bigint not null default 0
);

create table state_values (
  run_no bigint not null references runs (no) on delete cascade,
  key text not null,
  version integer not null,
  value json not null,
  -- Order of all changes.
  change bigint generated always as identity,
  task text not null,
  attempt integer not null,
  -- The context's name: who that is towards others.
  actor text not null,
  -- The change in an earlier run that was taken over with a task's result; null: it was made here.
  copied_from bigint,
  at timestamptz not null default now(),
  primary key (run_no, key, version)
);
create index state_values_by_task on state_values (run_no, task);

create table state_locks (
  run_no bigint not null references runs (no) on delete cascade,
  key text not null,
  -- Grows with every lock of the run that is given out.
  token bigint not null,
  task text not null,
  attempt integer not null,
  actor text not null,
  since timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (run_no, key)
);

create table state_lock_queue (
  run_no bigint not null references runs (no) on delete cascade,
  key text not null,
  -- Who came first goes first.
  place bigint generated always as identity,
  task text not null,
  attempt integer not null,
  actor text not null,
  lease_ms integer not null,
  waits_until timestamptz not null,
  -- The ring of locks that it turned out to wait in; null: none.
  ring text,
  primary key (run_no, key, task, attempt)
);
`,
} as const;
