/** The end of a task asks for what its broken calls cost, and few runs have any. */
export const migration = {
  id: 11,
  name: 'broken-calls',
  sql: `
create index messages_broken on messages (run_no) where depth = 0;
`,
} as const;
