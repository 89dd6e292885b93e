/** A look for what webhooks are to be told costs what is new, not what there ever was. */
export const migration = {
  id: 32,
  name: 'webhook-progress',
  // Only adds; the code of before reads through everything, and nothing is told twice.
  worksFrom: 12,
  sql: `
-- From when on it is told: its creation, or when it was last turned on again.
alter table webhook_endpoints add column since timestamptz not null default now();
update webhook_endpoints set since = created_at;

-- Of runs that ended before, everything was looked at that is not in webhook_late.
create table webhook_progress (
  one boolean primary key default true check (one),
  ended_at timestamptz not null
);

-- Runs that something happened in after their end, and up to which event.
create table webhook_late (
  run_no bigint primary key references runs (no) on delete cascade,
  seq integer not null
);
create function webhook_late() returns trigger language plpgsql as $$
begin
  insert into webhook_late (run_no, seq) values (new.no, new.last_seq)
  on conflict (run_no) do update set seq = excluded.seq;
  return null;
end $$;
create trigger webhook_late after update of last_seq on runs for each row
  when (old.ended_at is not null and new.last_seq > old.last_seq) execute function webhook_late();
create index runs_ended on runs (ended_at) where ended_at is not null;
create index webhook_deliveries_ended on webhook_deliveries (ended_at) where state = 'delivered';
`,
} as const;
