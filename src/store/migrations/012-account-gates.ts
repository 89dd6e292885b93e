/** Gates of accounts: which key one is for is told by a fingerprint, and one that is closed for long is tried now and then. */
export const migration = {
  id: 12,
  name: 'account-gates',
  sql: `
-- When a call was last let through a gate that is closed for long, or it was closed; null: neither.
alter table model_gates add column probed_at timestamptz;

-- What fingerprints of keys are made with, one row: the same for all workers of this database, and of no use elsewhere.
create table fingerprint_salt (salt text not null);
insert into fingerprint_salt (salt) values (gen_random_uuid()::text || gen_random_uuid()::text);
`,
} as const;
