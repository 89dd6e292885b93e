/**
 * Between agents and providers stands a gateway: who may ask it for which attempt, which gateways live, and every answer that was paid there.
 */
export const migration = {
  id: 35,
  name: 'gateway',
  // Only adds.
  worksFrom: 12,
  sql: `
-- Processes. Whoever starts in the place of another one takes over from it at once; others are dead when they are silent.
create table gateways (
  id text primary key,
  place text not null,
  -- Where others reach it: a Unix socket of this host, or an address; null: nowhere.
  socket text,
  url text,
  host text not null,
  started_at timestamptz not null default now(),
  beat_at timestamptz not null default now()
);
create index gateways_place on gateways (place);

-- Of each token its hash. One of an attempt names it; one of a worker is good for calls that the worker has reserved itself.
create table gateway_tokens (
  token_hash bytea primary key,
  run_no bigint references runs (no) on delete cascade,
  task_id text,
  attempt integer,
  epoch integer,
  agent text,
  phase text,
  models jsonb,
  worker text unique,
  issued_at timestamptz not null default now(),
  ended_at timestamptz
);
create index gateway_tokens_of on gateway_tokens (run_no, task_id) where run_no is not null;

-- Calls by what they ask, within their attempt; attempt '': of our own loop, known by the journal's key. An answer is kept byte by byte, as it came.
create table gateway_calls (
  run_no bigint not null references runs (no) on delete cascade,
  attempt text not null,
  content text not null,
  turn integer not null,
  -- The journal's key.
  key text not null,
  -- open: a gateway makes it; done: answered; refused: it did not fit below a limit.
  state text not null,
  gateway text not null,
  owner text not null,
  status integer,
  headers jsonb,
  body bytea,
  refusal jsonb,
  begun_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (run_no, attempt, content),
  unique (run_no, key)
);
create index gateway_calls_open on gateway_calls (gateway) where state = 'open';
`,
} as const;
