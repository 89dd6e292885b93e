/** What became of requests that may be repeated, so that the same request again, at any service process, does nothing twice. */
export const migration = {
  id: 28,
  name: 'idempotency',
  // Only adds.
  worksFrom: 12,
  sql: `
create table idempotency (
  -- A hash of who asks, for what, under which key.
  id text primary key,
  request_hash text not null,
  -- Whoever works on it until then; somebody else may go on with it after that.
  attempt text not null,
  leased_until timestamptz not null,
  -- What was chosen for it before it was done.
  noted jsonb,
  -- The answer; null: there is none yet. Its body is sealed with what only the caller has.
  status int,
  headers jsonb,
  body bytea,
  at timestamptz not null default clock_timestamp()
);
create index idempotency_at on idempotency (at);
`,
} as const;
