/** Tool calls that stand still until another agent of the run did something. */
export const migration = {
  id: 15,
  name: 'waits',
  // Only adds a table.
  worksFrom: 12,
  sql: `
create table waits (
  run_no bigint not null references runs (no) on delete cascade,
  -- The call, as the journal knows it.
  call_key text not null,
  -- What it waits for: whoever does that calls the key.
  key text not null,
  -- The workflow that stands still, and for which task.
  workflow_id text not null,
  task_id text not null,
  since timestamptz not null default now(),
  -- When it was called; null: not yet. It looks again then, and leaves or waits on.
  called_at timestamptz,
  primary key (run_no, call_key)
);
create index waits_by_key on waits (run_no, key);
create index waits_called on waits (called_at) where called_at is not null;
`,
} as const;
