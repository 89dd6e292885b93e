/** Runs, their plans, conversations, journal and events. */
export const migration = {
  id: 1,
  name: 'runs',
  sql: `
create table plans (
  hash text primary key,
  plan json not null,
  created_at timestamptz not null default now()
);

create table runs (
  no bigint generated always as identity primary key,
  run_key text not null unique,
  run_id text not null,
  temporal_run_id text not null,
  workflow text not null,
  status text not null,
  reason text,
  plan_hash text not null references plans (hash),
  board text not null,
  workspace text not null,
  launch jsonb,
  limit_nano bigint not null,
  limit_tokens bigint,
  spent_nano bigint not null default 0,
  reserved_nano bigint not null default 0,
  spent_tokens bigint not null default 0,
  reserved_tokens bigint not null default 0,
  last_seq integer not null default 0,
  -- json, not jsonb: tasks keep the order of the plan.
  result json,
  started_at timestamptz not null default now(),
  ended_at timestamptz
);
create index runs_by_id on runs (run_id, no desc);

create table contexts (
  run_no bigint not null references runs (no) on delete cascade,
  name text not null,
  agent text not null,
  head text not null,
  primary key (run_no, name)
);

-- A conversation is a tree: each message names its parent, a head is a message id.
-- root and view_from say where the view that the model gets begins (see domain/pruning.ts).
create table messages (
  id text primary key,
  run_no bigint not null references runs (no) on delete cascade,
  parent text,
  root text not null,
  view_from text,
  depth integer not null,
  call_key text not null,
  role text not null,
  content jsonb not null,
  usage jsonb,
  cost_nano bigint,
  created_at timestamptz not null default now()
);
create index messages_by_run on messages (run_no);

-- One row per effect; the row is there before the effect (intent), its result after it (done).
create table journal (
  run_no bigint not null references runs (no) on delete cascade,
  key text not null,
  kind text not null,
  state text not null,
  owner text not null,
  holder jsonb,
  attempts integer not null default 1,
  intent jsonb,
  result jsonb,
  reserved_nano bigint not null default 0,
  reserved_tokens bigint not null default 0,
  primary key (run_no, key)
);
create index journal_open on journal (run_no) where state = 'intent';

create table events (
  run_no bigint not null references runs (no) on delete cascade,
  seq integer not null,
  key text not null,
  data jsonb not null,
  at timestamptz not null default now(),
  primary key (run_no, seq),
  unique (run_no, key)
);
`,
} as const;
