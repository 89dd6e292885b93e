/** Runs of a schedule know which one, and the one before; plans stay while something is to start with them. */
export const migration = {
  id: 19,
  name: 'schedules',
  // The code of before starts no such runs. What it prunes are plans that no run has had for a month.
  worksFrom: 12,
  sql: `
alter table runs add column schedule text;
-- The run of the same schedule that had ended last when this one began; it may have been removed since.
alter table runs add column previous_key text;
create index runs_schedule on runs (schedule, no) where schedule is not null;

-- Who is to start something with a plan, and until when it is kept for that; null: as long as the row stands.
create table kept_plans (
  name text primary key,
  plan_hash text not null,
  until timestamptz
);
create index kept_plans_hash on kept_plans (plan_hash);
`,
} as const;
