import { createHash, hkdfSync } from 'node:crypto';
import { GafferError } from '../../domain/errors.ts';
import type { PayloadKeys } from '../../domain/temporal-target.ts';
import { lockBox, openBox } from './payload-box.ts';

/*
 * Secrets that have to be read again, as something is signed with them (docs/decisions/0070-webhooks.md):
 * H1 The database has them encrypted only; who reads it, or a backup of it, cannot sign.
 * H2 What is written says with which key, and inside whose it is: copied to another row it is not opened there.
 * H3 Keys that a team shares (GAFFER_PAYLOAD_KEYS) come before the home's own, which no other machine has.
 */

/** A secret cannot be opened here. */
export class SecretKeyError extends GafferError {
  override readonly name = 'SecretKeyError';
  readonly kind = 'refused';
}

/** Encrypts and opens secrets. */
export interface SecretBox {
  /** `owner`: whose it is, such as an id; it is opened for that one alone (H2). */
  seal(secret: string, owner: string): string;
  /** @throws SecretKeyError */
  open(sealed: string, owner: string): string;
}

/** A box with the shared keys, if there are any, and a home's secret (H3). `homeSecret` is asked when it is needed. */
export function createSecretBox(shared: PayloadKeys | null, homeSecret: () => string): SecretBox {
  const keys = new Map(Object.entries(shared?.keys ?? {}).map(([id, key]) => [id, derive(Buffer.from(key, 'base64'))]));
  let home: { id: string; key: Buffer } | undefined;
  const ofHome = () => {
    if (home) return home;
    const key = derive(Buffer.from(homeSecret()));
    return (home = { key, id: `home~${createHash('sha256').update(key).digest('hex').slice(0, 8)}` });
  };
  const current = () => {
    const id = shared?.current ?? [...keys.keys()][0];
    return id === undefined ? ofHome() : { id, key: keys.get(id)! };
  };
  return {
    seal(secret, owner) {
      const { id, key } = current();
      return `${id}:${lockBox(key, { for: owner }, { data: Buffer.from(secret) }).toString('base64url')}`;
    },
    open(sealed, owner) {
      const [id = '', data = ''] = sealed.split(':');
      const key = keys.get(id) ?? (id.startsWith('home~') && ofHome().id === id ? ofHome().key : undefined);
      if (!key)
        throw new SecretKeyError(`the secret of ${owner} is encrypted with the key "${id}", which is not here.`);
      const found = openBox<{ for: string }>(key, Buffer.from(data, 'base64url'));
      if (found?.head.for !== owner) throw new SecretKeyError(`the secret of ${owner} was changed, or is another's.`);
      return Buffer.from(found.payload.data ?? []).toString();
    },
  };
}

function derive(key: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', 'gaffer secrets of webhooks', 32));
}
