/** Messages keep the order of their keys: a request that is built again must be the same, byte for byte. */
export const migration = {
  id: 3,
  name: 'message-bytes',
  sql: 'alter table messages alter column content type json',
} as const;
