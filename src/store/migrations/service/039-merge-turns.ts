/** Trains of several runs that go into one branch: whose turn it is. */
export const migration = {
  id: 39,
  name: 'merge-turns',
  // Only adds: the code of before has each train go when it comes.
  worksFrom: 12,
  sql: `
create table merge_turns (
  run_no bigint not null references runs (no) on delete cascade,
  host text not null,
  -- The folder there that all worktrees of the repository share.
  repository text not null,
  target text not null,
  no bigint generated always as identity,
  -- Who is not seen for long is dead, and stands in nobody's way.
  seen_at timestamptz not null default now(),
  primary key (run_no, host, repository, target)
);
create index merge_turns_line on merge_turns (host, repository, target, no);
`,
} as const;
