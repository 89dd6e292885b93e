/** Whose requests are kept, so that there is a bound for each. */
export const migration = {
  id: 31,
  name: 'idempotency-holders',
  // Only adds.
  worksFrom: 12,
  sql: `
alter table idempotency add column holder text;
create index idempotency_holder on idempotency (holder, at);
`,
} as const;
