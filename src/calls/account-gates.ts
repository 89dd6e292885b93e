import { defaultProvider } from '../domain/money/model-table.ts';
import type { ModelAccount } from '../models/provider.ts';
import type { Sql } from '../store/database/sql.ts';
import { openAccountNames } from '../store/gates/account-names.ts';
import type { ModelGates, RateLimits } from '../store/gates/model-gates.ts';
import { createModelGates } from '../store/gates/model-gates.ts';

/** A moment that is further away than this is not waited for, in ms. */
const longestWaitMs = 30_000;

/** Makes the gates of accounts, by which everybody who asks with the same key keeps together to its rate limits. */
export async function openAccountGates(
  sql: Sql,
  rateLimits: RateLimits | undefined,
): Promise<(provider: string, account: ModelAccount) => ModelGates> {
  const limits = rateLimits ?? { callsPerMinute: null, tokensPerMinute: null };
  const nameOf = await openGateNames(sql);
  return (provider, account) => createModelGates(sql, { provider: nameOf(provider, account), limits, longestWaitMs });
}

/** Names of accounts' gates, by which no key can be guessed. Who asks through a gateway was told them there. */
export async function openGateNames(sql: Sql): Promise<(provider: string, account: ModelAccount) => string> {
  const nameOf = await openAccountNames(sql);
  return (provider, account) => account.gateway?.gate ?? nameOf(gateOf(provider, account), account.apiKey);
}

// The default provider's address is alone in its name, as it was when there was no other.
function gateOf(name: string, { baseURL }: ModelAccount): string {
  if (name === defaultProvider) return baseURL ?? name;
  return baseURL === null ? name : `${name} ${baseURL}`;
}
