/** Calls that wait for their turn, as what they may cost is held back by others. */
export const migration = {
  id: 10,
  name: 'waiting-calls',
  sql: `
create table waiting_calls (
  run_no bigint not null references runs (no) on delete cascade,
  key text not null,
  -- Who came first goes first.
  place bigint generated always as identity,
  -- Limits that it counts to, and those of them that are in its way.
  counts text[] not null,
  blocked text[] not null,
  nano bigint not null,
  tokens bigint not null,
  workflow_id text not null,
  -- Until then it asks again, or has lost its place.
  keeps_until timestamptz not null,
  -- When it was told that it fits; null: not since it asked last.
  called_at timestamptz,
  primary key (run_no, key)
);

-- Calls of the run have waited: whoever gives something back looks for them. In the run's row, as a statement that has waited for that row
-- sees it as it is then, and other tables as they were before.
alter table runs add column has_waiting boolean not null default false;
`,
} as const;
