/** Who works in which worktree, what it may write, and what was kept of it. */
export const migration = {
  id: 36,
  name: 'worktrees',
  // Only adds.
  worksFrom: 12,
  sql: `
create table worktree_homes (only_one boolean primary key default true check (only_one), id text not null);
insert into worktree_homes (id) values (replace(gen_random_uuid()::text, '-', ''));
create table worktree_starts (
  run_no bigint not null references runs (no) on delete cascade,
  repository text not null,
  commit_id text not null,
  branch text,
  primary key (run_no, repository)
);
create table worktrees (
  run_no bigint not null references runs (no) on delete cascade,
  task_id text not null,
  context text not null,
  host text not null,
  repository text not null,
  top text not null,
  folder text not null,
  workspace text not null,
  branch text not null,
  start_commit text not null,
  head_commit text not null,
  sealed_commit text,
  state text not null,
  attempt integer not null,
  epoch integer not null,
  fence integer not null,
  writable jsonb,
  files_scope jsonb not null,
  last_snapshot integer not null default 0,
  removed_at timestamptz,
  restored_at timestamptz,
  opened_no bigserial,
  opened_at timestamptz not null default now(),
  primary key (run_no, task_id)
);
create table worktree_snapshots (
  run_no bigint not null references runs (no) on delete cascade,
  task_id text not null,
  n integer not null,
  attempt integer not null,
  commit_id text not null,
  files integer not null,
  at timestamptz not null default now(),
  primary key (run_no, task_id, n),
  foreign key (run_no, task_id) references worktrees (run_no, task_id) on delete cascade
);
`,
} as const;
