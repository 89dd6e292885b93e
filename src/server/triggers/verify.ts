/*
 * Who a delivery comes from, by its bytes alone: nothing of it is parsed before.
 * V1 Each way of comparing takes the same time whatever differs, and every secret that holds is tried.
 * V2 A time that is signed has to be within five minutes of ours.
 * V3 A delivery is known by what its signature covers: its signed id, or its bytes where no id is signed. An id that is not signed
 *    only lets the sender's own repetitions be known; it never makes a new delivery of old bytes.
 */
import { createHash } from 'node:crypto';
import type { TriggerScheme } from '../../domain/hooks/trigger.ts';
import { isSameSecret } from '../../host/front/is-same-secret.ts';
import { hmacOf, isSameDigest, standardKey } from './signature.ts';

/** A request as it came. */
export interface RawDelivery {
  header: (name: string) => string | undefined;
  body: Buffer;
  /** When it came, in ms since 1970. */
  at: number;
}

/** A delivery of somebody who knows a secret. */
export interface VerifiedDelivery {
  /** What it is known by (V3): any of these that came before makes it a repetition. */
  names: string[];
  /** What its run's id is made of: of two with the same one starts a run. */
  key: string;
  /** What happened, as a header says; null: none does. */
  event: string | null;
}

const toleranceMs = 5 * 60_000;

/** A delivery that one of the secrets stands for; null: none does. */
export function verifyDelivery(
  scheme: TriggerScheme,
  secrets: readonly string[],
  delivery: RawDelivery,
): VerifiedDelivery | null {
  switch (scheme.kind) {
    case 'standard':
      return verifyStandard(secrets, delivery);
    case 'github': {
      const headers = { signature: 'x-hub-signature-256', delivery: 'x-github-delivery', event: 'x-github-event' };
      return verifyHmac(headers, secrets, delivery);
    }
    case 'gitlab':
      return verifyToken(secrets, delivery);
    case 'hmac':
      return verifyHmac({ ...scheme, signature: scheme.header }, secrets, delivery);
  }
}

function verifyStandard(secrets: readonly string[], { header, body, at }: RawDelivery): VerifiedDelivery | null {
  const id = header('webhook-id') ?? '';
  const timestamp = header('webhook-timestamp') ?? '';
  if (!/^[^.\s]{1,256}$/.test(id) || !/^\d{1,12}$/.test(timestamp)) return null;
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const given = (header('webhook-signature') ?? '')
    .slice(0, 2000)
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice(3), 'base64'));
  const isSigned = anyOf(secrets, (secret) => {
    const wanted = hmacOf(standardKey(secret), content);
    return anyOf(given, (signature) => isSameDigest(signature, wanted));
  });
  if (!isSigned || Math.abs(Number(timestamp) * 1000 - at) > toleranceMs) return null;
  return { names: [`id:${id}`], key: `id:${id}`, event: null };
}

function verifyHmac(
  headers: { signature: string; delivery: string | null; event: string | null },
  secrets: readonly string[],
  { header, body }: RawDelivery,
): VerifiedDelivery | null {
  const [, hex = ''] = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(header(headers.signature)?.trim() ?? '') ?? [];
  const given = Buffer.from(hex, 'hex');
  if (!anyOf(secrets, (secret) => isSameDigest(given, hmacOf(secret, body)))) return null;
  const bytes = bytesName(body);
  const id = headers.delivery === null ? undefined : nameOf(header(headers.delivery));
  const event = headers.event === null ? null : (header(headers.event) ?? null);
  return { names: id === undefined ? [bytes] : [bytes, id], key: bytes, event };
}

// A token signs nothing: whoever knows it can send whatever they like, so what it says of itself is believed.
function verifyToken(secrets: readonly string[], { header, body }: RawDelivery): VerifiedDelivery | null {
  const given = header('x-gitlab-token') ?? '';
  if (!anyOf(secrets, (secret) => isSameSecret(given, secret))) return null;
  const name = nameOf(header('idempotency-key') ?? header('x-gitlab-event-uuid')) ?? bytesName(body);
  return { names: [name], key: name, event: header('x-gitlab-event') ?? null };
}

/** Whether it holds for any, with no less work when it holds for the first (V1). */
function anyOf<Item>(items: readonly Item[], holds: (item: Item) => boolean): boolean {
  return items.map(holds).includes(true);
}

function bytesName(body: Buffer): string {
  return `bytes:${createHash('sha256').update(body).digest('hex')}`;
}

function nameOf(id: string | undefined): string | undefined {
  return id !== undefined && /^[\x21-\x7e]{1,200}$/.test(id) ? `id:${id}` : undefined;
}
