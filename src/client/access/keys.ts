import { createHash, randomBytes, randomInt } from 'node:crypto';
import { UsageError } from '../../domain/errors.ts';
import { anyRole } from '../../domain/access/role.ts';
import { keyPrefix, parseKey, toKey } from '../../domain/access/key-format.ts';
import type { Scope } from '../../domain/access/scope.ts';
import { defaultTenant } from '../../domain/ids/tenant.ts';
import type { KeyStore, ListedKey } from '../../store/service/keys.ts';

/** What a key is to allow. */
export interface KeyWishes {
  name: string;
  /** Default: `default`, to which the runs of the terminal belong. */
  tenant?: string | undefined;
  scopes: readonly Scope[];
  /** Of approvals: whom it may answer as. */
  roles?: readonly string[];
  /** For so long, in ms; left out: until it is revoked. */
  lastsMs?: number | undefined;
}

/** A key as it is shown. */
export interface KeyView extends ListedKey {
  /** How the key begins: it tells keys apart and opens nothing. */
  prefix: string;
}

const idLetters = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Makes a key.
 *
 * @returns its text, which is stored nowhere, and what is kept of it. @throws UsageError for a role that only a page at the terminal has
 */
export async function createKey(keys: KeyStore, wishes: KeyWishes): Promise<{ key: string; kept: KeyView }> {
  if (wishes.roles?.includes(anyRole))
    throw new UsageError(`"${anyRole}" is no role that a key can have: name those in which it may decide.`);
  const id = newKeyId();
  const key = toKey(id, newSecret());
  return { key, kept: await keepKey(keys, wishes, { id, hash: secretHash(key) }) };
}

/** Makes a key without a text: only browsers are let in for it, by codes. */
export function createBrowserKey(keys: KeyStore, wishes: KeyWishes): Promise<KeyView> {
  return keepKey(keys, wishes, { id: newKeyId(), hash: null });
}

/** Keys, oldest first. @param tenant left out: of all */
export async function listKeys(keys: KeyStore, tenant?: string): Promise<KeyView[]> {
  return (await keys.list(tenant)).map(toView);
}

/** Ends a key by its id, its prefix or its whole text. @returns undefined: there is none */
export async function revokeKey(keys: KeyStore, named: string): Promise<KeyView | undefined> {
  const id = parseKey(named)?.id ?? named.replace(/^gfr_/, '');
  const revoked = await keys.revoke(id);
  return revoked && toView(revoked);
}

/** 256 random bits that fit into an address, a header and a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a secret: see `store/service/keys.ts`, K1. */
export function secretHash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

async function keepKey(
  keys: KeyStore,
  { name, tenant = defaultTenant, scopes, roles = [], lastsMs }: KeyWishes,
  { id, hash }: { id: string; hash: Buffer | null },
): Promise<KeyView> {
  return toView(await keys.create({ id, hash, name, tenant, scopes, roles, lastsMs: lastsMs ?? null }));
}

function newKeyId(): string {
  return Array.from({ length: 10 }, () => idLetters[randomInt(idLetters.length)]).join('');
}

function toView(key: ListedKey): KeyView {
  return { ...key, prefix: keyPrefix(key.id) };
}
