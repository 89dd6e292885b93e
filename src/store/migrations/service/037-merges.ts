/** Branches on their way into others, and what gates said of what they come to. */
export const migration = {
  id: 37,
  name: 'merges',
  // Only adds: the code of before has no branches.
  worksFrom: 12,
  sql: `
create table merge_branches (
  run_no bigint not null references runs (no) on delete cascade,
  task_id text not null,
  -- Absolute folder on a host.
  host text not null,
  repository text not null,
  branch text not null,
  head text not null,
  start text not null,
  -- What the run began from in that repository, and the branch that was checked out then.
  begun text,
  home text,
  status text not null,
  target text,
  -- The merge that has it in the target.
  merged_as text,
  reason text,
  -- How often it went back, and the last conflict: its files, its hunks, and the commit with both sides marked.
  conflicts integer not null default 0,
  conflict json,
  -- The task whose conflict this one resolves.
  resolves text,
  no bigint generated always as identity,
  updated_at timestamptz not null default now(),
  primary key (run_no, task_id)
);
create table merge_gates (
  run_no bigint not null references runs (no) on delete cascade,
  repository text not null,
  commit_id text not null,
  -- Its place among the gates of the plan.
  gate integer not null,
  verdict text not null,
  at timestamptz not null default now(),
  primary key (run_no, repository, commit_id, gate)
);
`,
} as const;
