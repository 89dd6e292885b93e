import { timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler, Next } from 'hono';
import { getCookie } from 'hono/cookie';
import { secretHash } from '../../client/access/keys.ts';
import { parseKey } from '../../domain/access/key-format.ts';
import type { KeyStore, StoredKey } from '../../store/service/keys.ts';
import type { TrafficStore } from '../../store/service/traffic.ts';
import type { Principal, ServerEnv } from '../env.ts';
import { ProblemError } from '../problem.ts';
import { refuseTooMany } from './limit-calls.ts';
import { cookieName } from './session-cookie.ts';

/*
 * K1 Who has no valid key hears the same, after the same work, whether there is no key, or it is unknown, has expired or was revoked.
 * K2 Nothing of a call is read before that but its line and its headers.
 * K3 A key that comes with a call counts, and nothing beside it.
 */

/** What is asked for who somebody is. */
export interface AuthenticationDeps {
  keys: KeyStore;
  traffic: TrafficStore;
  /** Where a call comes from: who has no key is counted by it. */
  addressOf: (c: Context<ServerEnv>) => string;
  /** Calls of one address without a valid key, in a minute. */
  strangersPerMinute: number;
}

/** Says who asks, and refuses whoever it does not know. */
export function authenticate(deps: AuthenticationDeps): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    if (c.get('isOpen')) return c.req.method === 'POST' ? countFirst(c, deps, next) : next();
    const known = await whoIs(c, deps.keys);
    if (!known) {
      await countStranger(c, deps);
      throw unknownCaller();
    }
    c.set('principal', known.principal);
    c.set('knownBy', known.by);
    await next();
  };
}

/** The answer to whoever has no valid key. */
export function unknownCaller(): ProblemError {
  return new ProblemError(401, {
    code: 'no-valid-key',
    detail: 'this needs a valid key: `Authorization: Bearer KEY`; `gaffer keys create` makes one.',
    headers: { 'WWW-Authenticate': 'Bearer realm="gaffer"' },
  });
}

/** Who a key is. */
export function toPrincipal({ id, name, tenant, scopes, roles }: StoredKey): Principal {
  return { keyId: id, name, tenant, scopes, roles };
}

async function whoIs(
  c: Context<ServerEnv>,
  keys: KeyStore,
): Promise<{ principal: Principal; by: ServerEnv['Variables']['knownBy'] } | undefined> {
  const given = c.req.header('Authorization');
  if (given !== undefined) {
    const key = await findByKey(keys, /^Bearer +(\S+)$/i.exec(given)?.[1] ?? '');
    return key && { principal: toPrincipal(key), by: 'key' };
  }
  const cookie = getCookie(c, cookieName(c));
  const key = cookie === undefined ? undefined : await keys.findSession(secretHash(cookie));
  return key && { principal: toPrincipal(key), by: 'cookie' };
}

/** What is looked up and compared where the text cannot be a key (K1): nothing is called so. */
const nobody = { id: '', hash: secretHash('') };

async function findByKey(keys: KeyStore, text: string): Promise<StoredKey | undefined> {
  const found = await keys.find(parseKey(text)?.id ?? nobody.id);
  const isSame = timingSafeEqual(secretHash(text), found?.hash ?? nobody.hash);
  if (!found || !isSame || !found.isValid) return undefined;
  if (found.isUnnoted) await keys.touch(found.key.id);
  return found.key;
}

/** A secret that comes another way, a code or a signature: whoever has it is a stranger until it is looked at, and then not counted. */
async function countFirst(c: Context<ServerEnv>, deps: AuthenticationDeps, next: Next): Promise<void> {
  await countStranger(c, deps);
  await next();
  if (c.res.status !== 401) await deps.traffic.giveBack(callerOf(c, deps), deps.strangersPerMinute);
}

async function countStranger(c: Context<ServerEnv>, deps: AuthenticationDeps): Promise<void> {
  const answer = await deps.traffic.take(callerOf(c, deps), deps.strangersPerMinute);
  if (!answer.isAllowed) refuseTooMany(answer, 'too many calls without a valid key come from this address');
}

function callerOf(c: Context<ServerEnv>, { addressOf }: AuthenticationDeps): string {
  return `address/${networkOf(addressOf(c))}`;
}

/** An IPv6 subscriber has a network of 2^64 addresses: they count as one. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('%')[0]!.split('::');
  const first = head === '' ? [] : head.split(':');
  const rest = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - rest.length) }, () => '0');
  return [...first, ...zeros, ...rest].slice(0, 4).join(':');
}
