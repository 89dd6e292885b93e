import type { FoundToken } from '../../store/gateway/tokens.ts';
import { findToken } from '../../store/gateway/tokens.ts';
import type { Sql } from '../../store/database/sql.ts';

/** How long a token that was good is taken for good, in ms: longer than an agent is silent between two calls, mostly. */
const freshMs = 15_000;
const mostKept = 1000;

/** Looks a token up; undefined: it is good for nothing, or for nothing any more. */
export type TokenLookup = (hash: Buffer) => Promise<FoundToken | undefined>;

/**
 * Keeps what tokens are good for in mind. That is for who may be read: whether a call may begin is asked of the database, in the
 * statement that claims it.
 */
export function createTokenLookup(sql: Sql): TokenLookup {
  const kept = new Map<string, { token: FoundToken; at: number }>();
  return async (hash) => {
    const name = hash.toString('base64');
    const known = kept.get(name);
    if (known && performance.now() - known.at < freshMs) return known.token;
    const token = await findToken(sql, hash);
    kept.delete(name);
    if (token) kept.set(name, { token, at: performance.now() });
    if (kept.size > mostKept) kept.delete(kept.keys().next().value!);
    return token;
  };
}
