/** What came out of evaluating a run. */
export const migration = {
  id: 18,
  name: 'evaluations',
  // Only adds: the code of before evaluates nothing.
  worksFrom: 12,
  sql: `
create table evaluations (
  run_no bigint not null references runs (no) on delete cascade,
  -- Key of the run that evaluated it: once each.
  by_run text not null,
  at timestamptz not null default now(),
  -- Which case of its workflow it was: the hash of its inputs.
  case_hash text not null,
  score double precision not null,
  grade text not null,
  evaluation json not null,
  primary key (run_no, by_run)
);
`,
} as const;
