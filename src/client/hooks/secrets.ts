import { randomBytes } from 'node:crypto';
import { createSecretBox, type SecretBox } from '../../host/payloads/sealed-secret.ts';
import { UsageError } from '../../domain/errors.ts';
import type { KeptSecret } from '../../store/service/webhooks.ts';
import type { Place } from '../connection/session.ts';

/** How long a secret goes on to hold beside the one that came after it. */
const overlapMs = 24 * 3_600_000;

/** Where secrets of webhooks are encrypted and opened for a folder and its environment. */
export async function openSecretBox({ cwd, config }: Place): Promise<SecretBox> {
  const [{ ensureHome, findHome }, { ensureSecret }] = await Promise.all([
    import('../../config/home.ts'),
    import('../../config/home-secret.ts'),
  ]);
  return createSecretBox(config.payloadKeys, () => {
    const home = findHome({ cwd, env: config.environment });
    ensureHome(home);
    return ensureSecret(home);
  });
}

/** A new secret of Standard Webhooks: 256 random bits. */
export function newStandardSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** A new secret that is text as it stands. */
export function newTextSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** A secret that somebody brings. @throws UsageError when it can be guessed, or is none of its kind */
export function checkSecret(secret: string, isStandard: boolean): string {
  if (isStandard) {
    const [, text] = /^whsec_([A-Za-z0-9+/]+=*)$/.exec(secret) ?? [];
    const size = text === undefined ? 0 : Buffer.from(text, 'base64').length;
    if (size >= 24 && size <= 64) return secret;
    throw new UsageError('the secret is none of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64.');
  }
  if (/^[\x21-\x7e]{16,256}$/.test(secret)) return secret;
  throw new UsageError('the secret must have 16 to 256 letters, digits and signs, no spaces.');
}

/** Secrets with a new one before them; what held until now does so for a day. */
export function rotated(kept: readonly KeptSecret[], sealed: string, now: number): KeptSecret[] {
  const end = new Date(now + overlapMs).toISOString();
  const before = holding(kept, now).map((one) => ({ ...one, until: one.until ?? end }));
  // Two are enough: whoever rotates twice a day wants the first one gone.
  return [{ sealed, until: null }, ...before.slice(0, 1)];
}

/** Those that hold. */
function holding(kept: readonly KeptSecret[], now: number): KeptSecret[] {
  return kept.filter(({ until }) => until === null || Date.parse(until) > now);
}

/** The text of the newest. @throws SecretKeyError */
export function newestOf(box: SecretBox, kept: readonly KeptSecret[], owner: string): string {
  return box.open(kept[0]!.sealed, owner);
}

/** The texts of those that hold, newest first. @throws SecretKeyError */
export function openHolding(box: SecretBox, kept: readonly KeptSecret[], owner: string): string[] {
  return holding(kept, Date.now()).map(({ sealed }) => box.open(sealed, owner));
}
