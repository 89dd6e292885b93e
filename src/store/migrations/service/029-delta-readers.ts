/** Runs whose models are listened to while they answer: nobody else says anything. */
export const migration = {
  id: 29,
  name: 'delta-readers',
  // Only adds a table.
  worksFrom: 12,
  sql: `
-- Each for as long as its process says so. Nothing is lost with it, so nothing is written twice for it.
create unlogged table delta_readers (
  reader uuid not null,
  run_no bigint not null,
  until timestamptz not null,
  primary key (reader, run_no)
);
`,
} as const;
