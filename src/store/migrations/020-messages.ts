/** Messages between agents, in the table of those that people send. */
export const migration = {
  id: 20,
  name: 'messages',
  // Only adds columns, with what a message of a person is as their default.
  worksFrom: 12,
  sql: `
alter table inbox add column kind text not null default 'data';
-- The conversation that it comes from; null: a person, or another run.
alter table inbox add column from_context text;
alter table inbox add column from_task text;
-- What goes with the text, as data.
alter table inbox add column data json;
-- The request that it answers.
alter table inbox add column reply_to text;
-- Of a request: until when an answer is waited for, what is gone on with then, and the call that waits.
alter table inbox add column deadline timestamptz;
alter table inbox add column fallback text;
alter table inbox add column asked_by text;
-- queued, delivered, read, answered, expired, dead; rows of before say it by delivered_in alone.
alter table inbox add column state text not null default 'queued';
-- Why it came to nothing.
alter table inbox add column reason text;
alter table inbox add column delivered_at timestamptz;
alter table inbox add column read_at timestamptz;
alter table inbox add column answered_at timestamptz;
create index inbox_requests on inbox (run_no, from_context) where kind = 'request' and state in ('queued', 'delivered', 'read');
create index inbox_replies on inbox (run_no, reply_to) where reply_to is not null;
`,
} as const;
