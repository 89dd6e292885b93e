/** Files of a checkpoint, of each repository that its tasks worked in. */
export const migration = {
  id: 9,
  name: 'snapshots',
  sql: `
-- Commits by what tasks say of their workspace; snapshot is the run's own. Null: no task had one of its own.
alter table checkpoints add column snapshots json;
`,
} as const;
