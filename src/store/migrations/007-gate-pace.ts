/** What the gates of models remember besides a refusal: overloads, the provider's own numbers, and who was sent away. */
export const migration = {
  id: 7,
  name: 'gate-pace',
  sql: `
-- calls_per_minute is what went through when the provider last refused a call for its rate, at refused_at.
delete from model_gates;
alter table model_gates
  -- When the gate opened again after that refusal: its rate grows from then on.
  add column opened_at timestamptz,
  -- Last time that it had too much to do; closed_until then says for how long it was left alone.
  add column overloaded_at timestamptz,
  -- Calls a minute that it allows by its own word, and when it said so.
  add column told_per_minute double precision,
  add column told_at timestamptz,
  -- When whoever is sent away next shall come back.
  add column later_at timestamptz not null default now();
`,
} as const;
