import { createHmac, timingSafeEqual } from 'node:crypto';

/** The key that a secret stands for in Standard Webhooks: what `whsec_` stands before is base64; any other text is the key itself. */
export function standardKey(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
}

/** HMAC-SHA256. */
export function hmacOf(key: string | Buffer, content: string | Buffer): Buffer {
  return createHmac('sha256', key).update(content).digest();
}

/** The headers of Standard Webhooks: one signature for each secret that holds. `at`: ms since 1970. */
export function signedHeaders(
  secrets: readonly string[],
  { id, at, body }: { id: string; at: number; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = secrets.map(
    (secret) => `v1,${hmacOf(standardKey(secret), `${id}.${timestamp}.${body}`).toString('base64')}`,
  );
  return {
    ...{ 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp },
    'webhook-signature': signatures.join(' '),
  };
}

/** Whether bytes are the same, in a time that tells nothing of where they differ. */
export function isSameDigest(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
