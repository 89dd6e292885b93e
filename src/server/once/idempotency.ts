/*
 * I1 A key means one request: who asks, for which method and path, and the hash of its body. The same again gets the same answer, another body 422.
 * I2 Whoever works on it holds a lease, which its process renews. After a kill the lease runs out, and the next attempt goes on from what was noted:
 *    a start finds its run in Temporal, an update its outcome, a change of our own tables that it is done (`Once`).
 * I3 Kept is what was done, and what no waiting mends: a body of the wrong form. After a refusal the next attempt is the first; after anything
 *    else (500 and up, what a definition names and was not found) it goes on from what was noted.
 * I4 An answer is kept sealed by what only the caller has, its credential and the key itself, of which the store has hashes alone: a created key
 *    is nowhere to be read.
 */
import { createHash, randomUUID } from 'node:crypto';
import { getCookie } from 'hono/cookie';
import type { Context, MiddlewareHandler, Next } from 'hono';
import type { Once } from '../../client/connection/once.ts';
import type { Store } from '../../store/store.ts';
import type { KeptAnswer, RepeatableRequest } from '../../store/service/idempotency.ts';
import type { Principal, ServerEnv } from '../env.ts';
import { ProblemError } from '../problem.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { cookieName } from '../security/session-cookie.ts';
import { open, seal, type SealedBy } from './seal.ts';

const leaseMs = 6_000;
const renewMs = 2_000;
/** A longer answer is not kept, in bytes: the request is done again, which does nothing twice. */
const longestAnswer = 8_000;
const keptHeaders = ['content-type', 'location', 'etag'];

/** Answers a repeated POST as the first one was. `isExempt`: those that see to it themselves. */
export function createIdempotency(
  store: Pick<Store, 'idempotency'>,
  isExempt: (path: string) => boolean,
): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const key = c.req.header('Idempotency-Key');
    const principal: Principal | undefined = c.get('principal');
    // Of whom nobody knows who it is, nobody knows whether it is the same.
    if (c.req.method !== 'POST' || key === undefined || !principal || isExempt(c.req.path)) return next();
    checkKey(key);
    const request = await toRequest(c, key);
    const claimed = await store.idempotency.claim(request);
    const sealedBy = { id: request.id, key, credential: credentialOf(c) };
    if (claimed.kind === 'answered') return replay(c, claimed.answer, sealedBy);
    if (claimed.kind === 'other-body') throw otherBody();
    if (claimed.kind === 'in-flight') throw inFlight();
    if (claimed.kind === 'too-many') throw tooMany();
    const once: Once = {
      // After a refusal, or a day, the same key is a new request: Temporal must not answer it with what came of the one before.
      id: hash(JSON.stringify([request.id, claimed.since])),
      before: claimed.noted,
      note: (value, sql) => store.idempotency.note(request, value, sql),
    };
    c.set('once', once);
    await work(c, next, { store, request, sealedBy });
  };
}

interface Held {
  store: Pick<Store, 'idempotency'>;
  request: RepeatableRequest;
  sealedBy: SealedBy;
}

async function work(c: Context<ServerEnv>, next: Next, { store, request, sealedBy }: Held): Promise<void> {
  // A renewal that is lost makes the lease end: then another attempt finds what was noted.
  const timer = setInterval(() => void store.idempotency.renew(request).catch(() => undefined), renewMs);
  try {
    await next();
    const fate = fateOf(c);
    const answer = fate === 'kept' ? await toKept(c.res, sealedBy) : null;
    if (answer) await store.idempotency.answer(request, answer);
    else await store.idempotency[fate === 'forgotten' ? 'forget' : 'release'](request);
  } finally {
    clearInterval(timer);
  }
}

// I3
function fateOf(c: Context<ServerEnv>): 'kept' | 'released' | 'forgotten' {
  const { status } = c.res;
  if (status < 400) return 'kept';
  if (c.error instanceof ProblemError && c.error.problem.code === 'invalid') return 'kept';
  return status >= 500 || status === 422 ? 'released' : 'forgotten';
}

/** What is kept of an answer; null: nothing, as it is too long. */
async function toKept(res: Response, sealedBy: SealedBy): Promise<KeptAnswer | null> {
  const body = Buffer.from(await res.clone().arrayBuffer());
  if (body.length > longestAnswer) return null;
  const headers = [...res.headers].filter(([name]) => keptHeaders.includes(name));
  return { status: res.status, headers: Object.fromEntries(headers), body: seal(body, sealedBy) };
}

function replay(c: Context<ServerEnv>, { status, headers, body }: KeptAnswer, sealedBy: SealedBy): Response {
  const opened = openOr(body, sealedBy);
  return new Response(opened.length > 0 ? new Uint8Array(opened) : null, {
    status,
    headers: { ...headers, 'X-Request-Id': c.get('requestId'), 'Idempotent-Replayed': 'true' },
  });
}

/** @throws ProblemError when the caller comes with another credential than before: nobody else reads the answer */
function openOr(body: Buffer, sealedBy: SealedBy): Buffer {
  try {
    return open(body, sealedBy);
  } catch {
    throw otherBody();
  }
}

async function toRequest(c: Context<ServerEnv>, key: string): Promise<RepeatableRequest> {
  const { tenant, keyId } = c.get('principal');
  const body = await c.req.text();
  return {
    holder: keyId,
    id: hash(JSON.stringify([tenant, keyId, c.req.path, key])), // I1
    requestHash: hash(JSON.stringify([c.req.query(), body])),
    attempt: randomUUID(),
    leaseMs,
  };
}

/** @throws ProblemError */
function checkKey(key: string): void {
  if (idempotencyKey.test(key)) return;
  const detail = 'Idempotency-Key has 1 to 255 characters of ASCII, without blanks.';
  throw new ProblemError(422, { code: 'invalid', detail, errors: [{ pointer: 'Idempotency-Key', detail }] });
}

function credentialOf(c: Context<ServerEnv>): string {
  // However the scheme is written, and with how many blanks.
  return c.req.header('Authorization')?.replace(/^Bearer +/i, 'Bearer ') ?? getCookie(c, cookieName(c)) ?? '';
}

function otherBody(): ProblemError {
  const detail = 'this Idempotency-Key was used for another request within a day: take another one.';
  return new ProblemError(422, { code: 'idempotency-key-used', detail });
}

function inFlight(): ProblemError {
  const detail = 'a request with this Idempotency-Key is being worked on: ask again in a moment.';
  return new ProblemError(409, { code: 'in-flight', detail, headers: { 'Retry-After': '1' } });
}

function tooMany(): ProblemError {
  const detail =
    'too many requests with an Idempotency-Key came from this key within a day: ask without one, or later.';
  return new ProblemError(429, { code: 'too-many-keys', detail, headers: { 'Retry-After': '3600' } });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
