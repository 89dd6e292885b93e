/** Messages that their receiver was told of in a summary; and those of a run in the order in which they were sent, for whoever follows them. */
export const migration = {
  id: 22,
  name: 'folded-messages',
  // Only adds a column; the code of before folds nothing.
  worksFrom: 12,
  sql: `
alter table inbox add column folded boolean not null default false;
create index inbox_in_order on inbox (run_no, no);
create index inbox_folded on inbox (run_no, context, no) where folded;
`,
} as const;
