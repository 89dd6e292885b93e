import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** What an answer is sealed by: the id of its request, and what the caller alone has. */
export interface SealedBy {
  id: string;
  key: string;
  credential: string;
}

const nonceBytes = 12;
const tagBytes = 16;

/** Bytes that only whoever brings the same can read. */
export function seal(bytes: Buffer, by: SealedBy): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', secretOf(by), nonce);
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** What {@link seal} had. @throws Error when it was sealed by something else, or changed */
export function open(sealed: Buffer, by: SealedBy): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', secretOf(by), sealed.subarray(0, nonceBytes));
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
}

function secretOf({ id, key, credential }: SealedBy): Buffer {
  return Buffer.from(hkdfSync('sha256', JSON.stringify([credential, key]), id, 'gaffer idempotency', 32));
}
