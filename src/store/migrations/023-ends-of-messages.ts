/** When a message came to its end that nobody reads any more. */
export const migration = {
  id: 23,
  name: 'ends-of-messages',
  // Only adds a column; what the code of before ends has none, and is told as ended with its deadline or its run.
  worksFrom: 12,
  sql: `
alter table inbox add column ended_at timestamptz;
`,
} as const;
