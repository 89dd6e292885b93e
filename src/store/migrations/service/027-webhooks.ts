/** Who is told of what runs do, what was sent to them, and what starts runs from outside. */
export const migration = {
  id: 27,
  name: 'webhooks',
  // The code of before tells nobody, and starts no such runs.
  worksFrom: 12,
  sql: `
create table webhook_endpoints (
  id text primary key,
  tenant text not null,
  url text not null,
  events text[] not null,
  -- Encrypted, newest first: [{ "sealed": …, "until": … }]; until null: for good.
  secrets jsonb not null,
  -- It is told of this run alone, as the run's start asked for (a callback); null: of all runs of its tenant.
  run_id text,
  state text not null,
  reason text,
  created_at timestamptz not null default now()
);
create index webhook_endpoints_tenant on webhook_endpoints (tenant, created_at desc, id);
create unique index webhook_endpoints_run on webhook_endpoints (run_id, url) where run_id is not null;

-- Up to which event of each run somebody looked whom to tell.
create table webhook_reads (
  run_no bigint primary key references runs (no) on delete cascade,
  seq integer not null
);

create table webhook_deliveries (
  id text primary key,
  endpoint_id text not null references webhook_endpoints (id) on delete cascade,
  run_no bigint not null references runs (no) on delete cascade,
  seq integer not null,
  type text not null,
  state text not null default 'pending',
  attempts integer not null default 0,
  -- The next try; while lease is set, until when whoever has it is waited for.
  due_at timestamptz not null default now(),
  lease text,
  last_status integer,
  last_error text,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  unique (endpoint_id, run_no, seq)
);
create index webhook_deliveries_due on webhook_deliveries (due_at) where state = 'pending';
create index webhook_deliveries_endpoint on webhook_deliveries (endpoint_id, created_at desc, id);

create table triggers (
  tenant text not null,
  name text not null,
  scheme jsonb not null,
  secrets jsonb not null,
  -- What a delivery becomes, as it was checked, and the text that says so.
  mapping jsonb not null,
  source text not null,
  state text not null,
  created_at timestamptz not null default now(),
  primary key (tenant, name)
);

-- What came in, so that it starts nothing twice.
create table trigger_deliveries (
  tenant text not null,
  name text not null,
  delivery text not null,
  run_id text not null,
  at timestamptz not null default now(),
  primary key (tenant, name, delivery),
  foreign key (tenant, name) references triggers (tenant, name) on delete cascade
);
`,
} as const;
