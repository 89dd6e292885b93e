/** Which run a request to execute a workflow became, so that the same request again, at any service process, finds it. */
export const migration = {
  id: 30,
  name: 'executions',
  // Only adds.
  worksFrom: 12,
  sql: `
create table executions (
  -- Who asked: a key, or the session of a page.
  holder text not null,
  key text not null,
  request_hash text not null,
  run_id text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (holder, key)
);
create index executions_newest on executions (holder, at desc);
create index executions_at on executions (at);
`,
} as const;
