/** What agents of a shared context are told of a run's story is found without reading all of it. */
export const migration = {
  id: 21,
  name: 'events-of-notes',
  // Only a new index.
  worksFrom: 12,
  sql: `
create index events_of_notes on events (run_no, seq)
  where data ->> 'type' in ('approval:decided', 'approval:expired', 'blocker:resolved', 'state:set') or data ->> 'kind' = 'broadcast';
`,
} as const;
