/** Files of a worktree in which Gaffer itself left conflict markers: a branch with one of them is no work that is done. */
export const migration = {
  id: 41,
  name: 'marked-files',
  // Only adds: who does not know of it looks for no markers.
  worksFrom: 12,
  sql: `
alter table worktrees add column marked jsonb not null default '[]';
`,
} as const;
