/** Which model each attempt got whose plan leaves that open, so that a retry gets the same, and the next run learns from it. */
export const migration = {
  id: 14,
  name: 'model-choices',
  // Adds a table that the code of before does not know.
  worksFrom: 12,
  sql: `
create table model_choices (
  run_no bigint not null references runs (no) on delete cascade,
  -- Its id in the plan, and that of its execution, or of the agent that helps or undoes.
  task text not null,
  id text not null,
  attempt integer not null,
  -- How often the execution was done anew by then: attempts of the same one failed.
  epoch integer not null,
  -- PROVIDER/MODEL, or MODEL of the default provider.
  model text not null,
  complexity text not null,
  reason text not null,
  primary key (run_no, task, id, attempt)
);
`,
} as const;
