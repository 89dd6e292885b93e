import { createHmac, randomBytes } from 'node:crypto';
import { isSameSecret } from '../../host/front/is-same-secret.ts';

/*
 * A link into the Web UI, made by any command that knows the home's secret, without asking the front:
 * K1 It opens one front only, that of one start of the server: `front` names it.
 * K2 It opens it once, and not for ever.
 * K3 Nothing of the secret can be told from it.
 */

/** Parameter of an address that carries the token. */
export const linkParameter = 'gaffer';

const lastsMs = 24 * 60 * 60_000;

/** Which front a link is for, and what both know. */
export interface LinkKey {
  secret: string;
  /** Names one start of one front. */
  front: string;
}

/** A token that opens the Web UI once. */
export function mintToken(key: LinkKey, now = Date.now()): string {
  const body = `${(now + lastsMs).toString(36)}.${randomBytes(12).toString('base64url')}`;
  return `${body}.${sign(key, body)}`;
}

/** Tells tokens that open from others, each once. */
export function createTokenDoor(key: LinkKey): (token: string, now?: number) => boolean {
  const used = new Map<string, number>();
  return (token, now = Date.now()) => {
    const [end = '', nonce = '', signature = ''] = token.split('.');
    const endsAt = parseInt(end, 36);
    if (!isSameSecret(signature, sign(key, `${end}.${nonce}`)) || !(endsAt > now) || used.has(token)) return false;
    for (const [old, until] of used) if (until <= now) used.delete(old);
    used.set(token, endsAt);
    return true;
  };
}

function sign({ secret, front }: LinkKey, body: string): string {
  return createHmac('sha256', secret).update(`web-ui\n${front}\n${body}`).digest('base64url');
}
