/** Workers that live: who sees one fall silent has its steps handed out again. */
export const migration = {
  id: 42,
  name: 'worker-leases',
  // Only adds: workers of before are found by their silence towards Temporal.
  worksFrom: 12,
  sql: `
create table worker_leases (
  id uuid primary key,
  -- As Temporal knows it, and where its process is counted.
  identity text not null,
  place text not null,
  namespace text not null,
  task_queue text not null,
  -- Whether its lock falls when its process ends: not behind every pooler.
  is_tied boolean not null,
  renewed_at timestamptz not null default clock_timestamp(),
  -- Who hands its steps out again, since when.
  taken_by uuid,
  taken_at timestamptz
);
create index worker_leases_of_queue on worker_leases (namespace, task_queue);
`,
} as const;
