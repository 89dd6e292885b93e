import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { foreignValue } from '../domain/foreign.ts';
import type { PayloadSeal } from '../domain/temporal-target.ts';

/*
 * Payloads on a server whose port others reach:
 * Z1 What we write is sealed (AES-256-GCM) with a key of the home, and says inside whose workflow it is for: nobody else can read it, make
 *    one, or show one at another workflow.
 * Z2 What is not ours is never an error, which Temporal would try for ever: a value stands in its place that says so, and whoever takes
 *    the value refuses it by name.
 * Z3 What was written before there was a seal is read as it is: by clients always, by workers in the runs that were alive then.
 */

/** A payload as the SDK has it. */
interface Payload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

/** Whose payload it is, as far as the SDK knows. */
interface Owner {
  workflowId?: string;
}

/** Seals and opens payloads; a `PayloadCodec` of the SDK. */
export interface PayloadCodec {
  encode(payloads: Payload[], owner?: Owner): Promise<Payload[]>;
  decode(payloads: Payload[], owner?: Owner): Promise<Payload[]>;
}

const encoding = 'binary/gaffer-sealed';
const ivBytes = 12;
const tagBytes = 16;

/**
 * What a connection's payloads go through: the option `dataConverter` of clients and workers.
 *
 * `isStrict`: for workers, which do what they are told. Clients only look.
 */
export function dataConverterOf(
  { seal }: { seal?: PayloadSeal },
  { isStrict = false }: { isStrict?: boolean } = {},
): { dataConverter?: { payloadCodecs: PayloadCodec[] } } {
  return seal ? { dataConverter: { payloadCodecs: [createPayloadCodec(seal, isStrict)] } } : {};
}

function createPayloadCodec({ secret, seals, plainRuns }: PayloadSeal, isStrict: boolean): PayloadCodec {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'gaffer payloads', 32));
  const plain = new Set(plainRuns);
  const isPlainAllowed = ({ workflowId }: Owner): boolean =>
    !seals || !isStrict || (workflowId === undefined ? plain.size > 0 : plain.has(workflowId));
  return {
    encode: async (payloads, owner = {}) => (seals ? payloads.map((payload) => close(key, payload, owner)) : payloads),
    decode: async (payloads, owner = {}) =>
      payloads.map((payload) => {
        if (!isSealed(payload)) return isPlainAllowed(owner) ? payload : foreign;
        const found = open(key, payload);
        const isElsewhere = found?.for && owner.workflowId !== undefined && found.for !== owner.workflowId;
        return !found || (isStrict && isElsewhere) ? foreign : found.payload;
      }),
  };
}

const foreign: Payload = {
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(foreignValue)),
};

function isSealed({ metadata }: Payload): boolean {
  return Buffer.from(metadata?.['encoding'] ?? []).toString() === encoding;
}

/** Z1: `{ for, metadata }` as JSON, a zero byte, the data. */
function close(key: Buffer, { metadata, data }: Payload, { workflowId }: Owner): Payload {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  const head = JSON.stringify({ for: workflowId ?? null, metadata: Object.fromEntries(entries) });
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = [cipher.update(`${head}\0`), cipher.update(data ?? Buffer.alloc(0)), cipher.final()];
  return {
    metadata: { encoding: Buffer.from(encoding) },
    data: Buffer.concat([iv, cipher.getAuthTag(), ...sealed]),
  };
}

function open(key: Buffer, { data }: Payload): { for: string | null; payload: Payload } | undefined {
  const bytes = Buffer.from(data ?? []);
  if (bytes.length < ivBytes + tagBytes) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    const opened = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
    const end = opened.indexOf(0);
    const head = JSON.parse(opened.toString('utf8', 0, end)) as {
      for: string | null;
      metadata: Record<string, string>;
    };
    const entries = Object.entries(head.metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
    return { for: head.for, payload: { metadata: Object.fromEntries(entries), data: opened.subarray(end + 1) } };
  } catch {
    return undefined;
  }
}
