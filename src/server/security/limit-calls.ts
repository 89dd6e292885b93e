import type { MiddlewareHandler } from 'hono';
import type { RateAnswer, TrafficStore } from '../../store/service/traffic.ts';
import type { ServerEnv } from '../env.ts';
import { ProblemError } from '../problem.ts';

/**
 * Lets each key make so many calls a minute, over all processes, and tells it how it stands: fields of
 * draft-ietf-httpapi-ratelimit-headers-11.
 */
export function limitCalls(traffic: TrafficStore, perMinute: number): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    if (c.get('isOpen')) return next();
    const answer = await traffic.take(`key/${c.get('principal').keyId}`, perMinute);
    c.header('RateLimit-Policy', `"key";q=${perMinute};w=60`);
    c.header('RateLimit', `"key";r=${answer.remaining};t=${Math.ceil(answer.resetMs / 1000)}`);
    if (!answer.isAllowed) refuseTooMany(answer, `this key makes more than ${perMinute} calls a minute`);
    return next();
  };
}

/** Says that it was too much, and when to come again. @throws ProblemError */
export function refuseTooMany({ retryMs }: Pick<RateAnswer, 'retryMs'>, what: string): never {
  const seconds = Math.max(1, Math.ceil(retryMs / 1000));
  throw new ProblemError(429, {
    code: 'too-many-calls',
    detail: `${what}: the next one is let through in ${seconds} s.`,
    headers: { 'Retry-After': String(seconds) },
  });
}
