/** Whose a run and a board are, as their names say (domain/ids/tenant.ts, T3), and lists that are found a page at a time. */
export const migration = {
  id: 25,
  name: 'tenants',
  // Only adds: both columns are made by the database.
  worksFrom: 12,
  sql: `
alter table runs add column tenant text not null
  generated always as (case when strpos(run_id, '@') > 1 then split_part(run_id, '@', 1) else 'default' end) stored;
alter table issue_boards add column tenant text not null
  generated always as (case when strpos(board, '@') > 1 then split_part(board, '@', 1) else 'default' end) stored;

-- Pages by what a caller may know of a run: its row number says how many runs others have.
create index runs_listed on runs (tenant, started_at desc, run_key desc);
create index runs_listed_of_all on runs (started_at desc, run_key desc);
create index runs_open on runs (tenant, started_at desc, run_key desc) where ended_at is null;
-- The newest runs of a workflow: what they took, how good they were, which model was chosen.
create index runs_of_workflow on runs (tenant, workflow, no desc);
create index issue_boards_of on issue_boards (tenant, board);
-- Where in a run something first waited: what waits is looked for from there on.
create index events_waits on events (run_no, seq) where data ->> 'type' in ('task:waiting', 'approval:requested', 'blocker:raised');
`,
} as const;
