import type { LimitLeft, ModelAnswer } from './model.ts';

/**
 * What an answer's headers say of the account's limits (`anthropic-ratelimit-requests-limit`, `…-remaining`, the same of tokens);
 * undefined: nothing. Both refill all the time, so when they are full again (`…-reset`) is of no use.
 */
export function limitsOf(headers: { get(name: string): string | null }): ModelAnswer['limits'] {
  const requests = limitOf(headers, 'requests');
  const tokens = limitOf(headers, 'tokens');
  return requests || tokens ? { requests, tokens } : undefined;
}

function limitOf(headers: { get(name: string): string | null }, of: 'requests' | 'tokens'): LimitLeft | null {
  const [limit, remaining] = ['limit', 'remaining'].map((name) =>
    toCount(headers.get(`anthropic-ratelimit-${of}-${name}`)),
  );
  return limit === undefined || remaining === undefined || limit === 0 ? null : { limit, remaining };
}

function toCount(text: string | null): number | undefined {
  return text !== null && /^\d{1,12}$/.test(text.trim()) ? Number(text) : undefined;
}
