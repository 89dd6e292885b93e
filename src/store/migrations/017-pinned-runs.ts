/** Runs that later ones are held against, whatever ran since. */
export const migration = {
  id: 17,
  name: 'pinned-runs',
  // The code of before asks for no table that it does not know.
  worksFrom: 12,
  sql: `
create table pinned_runs (
  run_no bigint primary key references runs (no) on delete cascade,
  pinned_at timestamptz not null default now()
);
`,
} as const;
