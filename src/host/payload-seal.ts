import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { foreignMark, foreignValue, questionMark } from '../domain/foreign.ts';
import type { PayloadSeal } from '../domain/temporal-target.ts';

/*
 * Payloads on a server whose port others reach:
 * Z1 What we write is sealed (AES-256-GCM) with a key of the home, and says inside whose workflow it is for, for which step of it, and
 *    whether it asks or answers: nobody else can read it, make one, or show one in another place.
 * Z2 What is not ours is never an error, which Temporal would try for ever: a value stands in its place that says so, and whoever takes
 *    the value refuses it by name.
 * Z3 What was written before there was a seal is read as it is: by clients always, by workers in the runs that were alive then. So are
 *    seals of before that name no step.
 */

/** A payload as the SDK has it. */
interface Payload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

/** Whose payload it is, as far as the SDK knows. */
interface Owner {
  workflowId?: string;
  activityId?: string;
}

/** How whoever decodes takes what comes. */
interface Reader {
  /** For workers, which do what they are told. Clients only look. Default: false. */
  isStrict?: boolean;
  /** Whether an activity is at work here: what it writes are answers. Default: it is. */
  isInActivity?: () => boolean;
}

/** What stands sealed beside the data. */
interface Head {
  for: string | null;
  /** The activity; null: none. Seals of before do not say it. */
  step?: string | null;
  /** Whether it is for whoever does the step. */
  asks?: boolean;
  metadata: Record<string, string>;
}

/** Seals and opens payloads; a `PayloadCodec` of the SDK. */
export interface PayloadCodec {
  encode(payloads: Payload[], owner?: Owner): Promise<Payload[]>;
  decode(payloads: Payload[], owner?: Owner): Promise<Payload[]>;
}

const encoding = 'binary/gaffer-sealed';
const ivBytes = 12;
const tagBytes = 16;

/** What a connection's payloads go through: the option `dataConverter` of clients and workers. */
export function dataConverterOf(
  { seal }: { seal?: PayloadSeal },
  reader: Reader = {},
): { dataConverter?: { payloadCodecs: PayloadCodec[] } } {
  return seal ? { dataConverter: { payloadCodecs: [createPayloadCodec(seal, reader)] } } : {};
}

function createPayloadCodec(
  { secret, seals, plainRuns }: PayloadSeal,
  { isStrict = false, isInActivity = () => true }: Reader,
): PayloadCodec {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'gaffer payloads', 32));
  const plain = new Set(plainRuns);
  const isPlainAllowed = ({ workflowId }: Owner): boolean =>
    !seals || !isStrict || (workflowId === undefined ? plain.size > 0 : plain.has(workflowId));
  return {
    async encode(payloads, owner = {}) {
      if (!seals) return payloads;
      const asks = owner.activityId !== undefined && !isInActivity();
      return payloads.map((payload) => close(key, payload, { ...owner, asks }));
    },
    decode: async (payloads, owner = {}) =>
      payloads.map((payload) => {
        if (!isSealed(payload)) return isPlainAllowed(owner) && (!isStrict || isReadable(payload)) ? payload : foreign;
        const found = open(key, payload);
        return !found || (isStrict && isElsewhere(found.head, owner)) ? foreign : found.payload;
      }),
  };
}

// What the SDK's own converter does not throw for.
function isReadable({ metadata, data }: Payload): boolean {
  const kind = Buffer.from(metadata?.['encoding'] ?? []).toString();
  if (kind !== 'json/plain') return kind === 'binary/null' || kind === 'binary/plain';
  try {
    JSON.parse(Buffer.from(data ?? []).toString());
    return true;
  } catch {
    return false;
  }
}

function isElsewhere({ for: workflowId, step }: Head, owner: Owner): boolean {
  if (owner.workflowId === undefined) return false;
  if (workflowId !== null && workflowId !== owner.workflowId) return true;
  return step !== undefined && step !== (owner.activityId ?? null);
}

const foreign: Payload = {
  metadata: { encoding: Buffer.from('json/plain'), [foreignMark]: Buffer.alloc(0) },
  data: Buffer.from(JSON.stringify(foreignValue)),
};

function isSealed({ metadata }: Payload): boolean {
  return Buffer.from(metadata?.['encoding'] ?? []).toString() === encoding;
}

/** Z1: the head as JSON, a zero byte, the data. */
function close(
  key: Buffer,
  { metadata, data }: Payload,
  { workflowId, activityId, asks }: Owner & { asks: boolean },
): Payload {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  const head: Head = {
    ...{ for: workflowId ?? null, step: activityId ?? null, ...(asks && { asks }) },
    metadata: Object.fromEntries(entries),
  };
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = [cipher.update(`${JSON.stringify(head)}\0`), cipher.update(data ?? Buffer.alloc(0)), cipher.final()];
  return {
    metadata: { encoding: Buffer.from(encoding) },
    data: Buffer.concat([iv, cipher.getAuthTag(), ...sealed]),
  };
}

function open(key: Buffer, { data }: Payload): { head: Head; payload: Payload } | undefined {
  const bytes = Buffer.from(data ?? []);
  if (bytes.length < ivBytes + tagBytes) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    const opened = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
    const end = opened.indexOf(0);
    const head = JSON.parse(opened.toString('utf8', 0, end)) as Head;
    const entries = Object.entries(head.metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
    if (head.asks) entries.push([questionMark, Buffer.alloc(0)]);
    return { head, payload: { metadata: Object.fromEntries(entries), data: opened.subarray(end + 1) } };
  } catch {
    return undefined;
  }
}
