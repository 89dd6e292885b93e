/** Tokens whose calls are made although their provider asked to be left alone: somebody said so. */
export const migration = {
  id: 40,
  name: 'insisting-tokens',
  // Only adds: who does not know of it insists on nothing.
  worksFrom: 12,
  sql: `
alter table gateway_tokens add column insists boolean not null default false;
`,
} as const;
