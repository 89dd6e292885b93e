/** Tokens of workers end by themselves when their worker does not say any more that it lives. */
export const migration = {
  id: 38,
  name: 'worker-tokens',
  // Only adds: a token that the code of before makes has no such end.
  worksFrom: 12,
  sql: `alter table gateway_tokens add column lives_until timestamptz`,
} as const;
