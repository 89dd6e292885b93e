import { scryptSync } from 'node:crypto';
import type { Sql } from '../database/sql.ts';

/**
 * Tells accounts of a provider apart without keeping their keys.
 *
 * @returns names of gates from a provider's name and a key: the same for all workers of a database, and no help to who guesses keys
 */
export async function openAccountNames(sql: Sql): Promise<(provider: string, apiKey: string) => string> {
  const { rows } = await sql.query<{ salt: string }>('select salt from fingerprint_salt', []);
  const { salt } = rows[0]!;
  return (provider, apiKey) => `${provider} #${scryptSync(apiKey.trim(), salt, 9).toString('base64url')}`;
}
