/** What a conversation has not read, in the order in which turns take it, and what a turn delivered: found without the rest of its inbox. */
export const migration = {
  id: 24,
  name: 'unread-messages',
  // Only adds indexes.
  worksFrom: 12,
  sql: `
create index inbox_unread on inbox (run_no, context, (kind in ('data', 'broadcast') and from_context is not null), no)
  where delivered_in is null and state = 'queued';
create index inbox_delivered on inbox (run_no, delivered_in) where delivered_in is not null;
`,
} as const;
