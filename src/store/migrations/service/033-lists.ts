/** Labels of runs, and what lists and a first page look for, found without reading what has ended. */
export const migration = {
  id: 33,
  name: 'lists',
  // Only adds: who does not know of labels starts runs without.
  worksFrom: 12,
  sql: `
alter table runs add column labels jsonb;
create index runs_labels on runs using gin (labels jsonb_path_ops) where labels is not null;
create index runs_failed on runs (tenant, ended_at desc) where status in ('failed', 'partial', 'stopped') and parent_no is null;
create index events_limits on events (run_no, seq) where data ->> 'type' = 'run:limits';
`,
} as const;
