import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A payload as the SDK has it. */
export interface Payload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

/** Whose payload it is, as far as the SDK knows. */
export interface Owner {
  workflowId?: string;
  activityId?: string;
}

/** A `PayloadCodec` of the SDK. */
export interface PayloadCodec {
  encode(payloads: Payload[], owner?: Owner): Promise<Payload[]>;
  decode(payloads: Payload[], owner?: Owner): Promise<Payload[]>;
}

const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM over a head, which says what the payload is, and the payload: nobody else can read them, change them, or part them. */
export function lockBox(key: Buffer, head: object, { metadata, data }: Payload): Buffer {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  const text = JSON.stringify({ ...head, metadata: Object.fromEntries(entries) as unknown });
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  // The head as JSON, a zero byte, the data.
  const locked = [cipher.update(`${text}\0`), cipher.update(data ?? Buffer.alloc(0)), cipher.final()];
  return Buffer.concat([iv, cipher.getAuthTag(), ...locked]);
}

/** What {@link lockBox} locked with that key; undefined: nothing that it did. */
export function openBox<Head extends object>(
  key: Buffer,
  data: Uint8Array | null | undefined,
): { head: Head; payload: Payload } | undefined {
  const bytes = Buffer.from(data ?? []);
  if (bytes.length < ivBytes + tagBytes) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    const opened = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
    const end = opened.indexOf(0);
    const head = JSON.parse(opened.toString('utf8', 0, end)) as Head & { metadata: Record<string, string> };
    const entries = Object.entries(head.metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
    return { head, payload: { metadata: Object.fromEntries(entries), data: opened.subarray(end + 1) } };
  } catch {
    return undefined;
  }
}

/** What a payload says that it is. */
export function encodingOf({ metadata }: Payload): string {
  return Buffer.from(metadata?.['encoding'] ?? []).toString();
}
