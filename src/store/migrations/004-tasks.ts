/** What became of each task, so that expressions, checkpoints, compensations and later runs can use it. */
export const migration = {
  id: 4,
  name: 'tasks',
  sql: `
alter table runs add column lineage json;
create index runs_by_workflow on runs (workflow, no desc);

-- Order of starts and ends. One for all runs: only the order counts, and nobody waits for anybody.
create sequence task_order;

-- One row per execution of a task; id as in domain/instance-id.ts, task is its id in the plan.
create table tasks (
  run_no bigint not null references runs (no) on delete cascade,
  id text not null,
  task text not null,
  item integer,
  iteration integer not null default 1,
  phase integer,
  status text not null,
  agent text not null,
  context text not null,
  prompt text,
  -- The PlanTask of a task that was added while the run lived, and which addition it came with.
  definition json,
  added_by text,
  added_no bigint,
  parent text,
  depth integer not null default 0,
  epoch integer not null default 0,
  -- What was answered when it began, so that asking again gets the same.
  verdict json,
  -- Members of a for_each; null: not one.
  width integer,
  can_compensate boolean not null default false,
  compensated text,
  compensation_error text,
  reuse_key text,
  reused_from text,
  output_hash text,
  head text,
  -- Only of tasks with a structured output: a text is in the message that head names.
  output json,
  summary text,
  error text,
  attempts integer not null default 0,
  duration_ms bigint not null default 0,
  started_no bigint,
  ended_no bigint,
  snapshot text,
  primary key (run_no, id)
);
create index tasks_by_task on tasks (run_no, task);
create index tasks_by_head on tasks (run_no, head) where head is not null;
create index tasks_by_key on tasks (run_no, reuse_key) where status in ('succeeded', 'reused');
create index tasks_added on tasks (run_no, parent) where definition is not null;

create table task_items (
  run_no bigint not null references runs (no) on delete cascade,
  task text not null,
  iteration integer not null,
  item integer not null,
  value json not null,
  primary key (run_no, task, iteration, item)
);

create table checkpoints (
  run_no bigint not null references runs (no) on delete cascade,
  name text not null,
  after text not null,
  at timestamptz not null default now(),
  tasks json not null,
  heads json not null,
  snapshot text,
  primary key (run_no, name)
);

create table inbox (
  run_no bigint not null references runs (no) on delete cascade,
  id text not null,
  no bigint generated always as identity,
  context text not null,
  sender text not null,
  body text not null,
  -- Key of the model call that delivered it; null: it waits.
  delivered_in text,
  at timestamptz not null default now(),
  primary key (run_no, id)
);
create index inbox_by_context on inbox (run_no, context);
`,
} as const;
