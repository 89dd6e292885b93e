import { randomBytes, scryptSync } from 'node:crypto';
import type { Config } from '../../config/config.ts';
import { keyElsewhere } from '../../domain/money/provider-variables.ts';

/** Which accounts a worker asks models with, told so that nobody can read a key out of it. */
export interface AccountsPrint {
  salt: string;
  /** By provider. */
  keys: Readonly<Record<string, string>>;
  addresses: Readonly<Record<string, string>>;
}

/** The print of accounts; with the salt of another one, they can be compared. */
export function printOf(accounts: Config['accounts'], salt = randomBytes(16).toString('base64url')): AccountsPrint {
  const print = (value: string): string => scryptSync(value, salt, 12).toString('base64url');
  const each = (value: (account: Config['accounts'][string]) => string): Record<string, string> =>
    Object.fromEntries(Object.entries(accounts).map(([name, account]) => [name, print(value(account))]));
  return { salt, keys: each(({ apiKey }) => apiKey.trim()), addresses: each(({ baseURL }) => baseURL ?? '') };
}

/** In which setting the accounts of a worker differ from these, and for which provider; null: in none. */
export function differenceOf(
  noted: AccountsPrint,
  accounts: Config['accounts'],
): { provider: string; in: 'key' | 'address' } | null {
  const ours = printOf(accounts, noted.salt);
  for (const provider of Object.keys(accounts)) {
    // A process that has given its keys away cannot tell any more; what it noted was said before.
    const isKnown = accounts[provider]!.apiKey !== keyElsewhere;
    if (isKnown && ours.keys[provider] !== noted.keys[provider]) return { provider, in: 'key' };
    if (ours.addresses[provider] !== noted.addresses[provider]) return { provider, in: 'address' };
  }
  return null;
}
