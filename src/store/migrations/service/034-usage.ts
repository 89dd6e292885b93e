/** What calls cost is added up by time without reading what was said. */
export const migration = {
  id: 34,
  name: 'usage',
  // Only a new index.
  worksFrom: 12,
  sql: `
create index messages_paid on messages (created_at) include (run_no, call_key, cost_nano) where cost_nano is not null and usage is not null;
`,
} as const;
