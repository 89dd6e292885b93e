import type { LimitLeft, ModelAnswer } from './model.ts';

/** Names of one limit, and of what is left of it, in the words of different providers. */
const namesOf = (of: 'requests' | 'tokens'): readonly (readonly [limit: string, remaining: string])[] => [
  [`anthropic-ratelimit-${of}-limit`, `anthropic-ratelimit-${of}-remaining`],
  [`x-ratelimit-limit-${of}`, `x-ratelimit-remaining-${of}`],
];

/**
 * What an answer’s headers say of the account’s limits of requests and tokens a minute; undefined: nothing. Both refill all the time,
 * so when they are full again (`…-reset`) is of no use.
 */
export function limitsOf(headers: { get(name: string): string | null }): ModelAnswer['limits'] {
  const requests = limitOf(headers, 'requests');
  const tokens = limitOf(headers, 'tokens');
  return requests || tokens ? { requests, tokens } : undefined;
}

function limitOf(headers: { get(name: string): string | null }, of: 'requests' | 'tokens'): LimitLeft | null {
  for (const names of namesOf(of)) {
    const [limit, remaining] = names.map((name) => toCount(headers.get(name)));
    if (limit !== undefined && remaining !== undefined && limit !== 0) return { limit, remaining };
  }
  return null;
}

function toCount(text: string | null): number | undefined {
  return text !== null && /^\d{1,12}$/.test(text.trim()) ? Number(text) : undefined;
}
