import { hkdfSync } from 'node:crypto';
import { GafferError } from '../../domain/errors.ts';
import type { PayloadKeys } from '../../domain/temporal-target.ts';
import { encodingOf, lockBox, openBox, type Owner, type Payload, type PayloadCodec } from './payload-box.ts';

/*
 * Payloads that whoever runs the Temporal server is not to read:
 * K1 What is written is encrypted with one key and says which; several can open, so that keys can be changed while runs live.
 * K2 It says inside whose workflow it is for: one that was copied into another is not opened there.
 * K3 What is not encrypted is read as it is: histories of before, and what `temporal` starts. It says nothing of who wrote it.
 * K4 Without its key nothing is guessed: a worker's step fails by the key's id and waits for a worker that has it.
 */

/** What an encrypted payload says that it is. */
export const encryptedEncoding = 'binary/gaffer-encrypted';
/** Metadata: which key. */
const keyMark = 'gaffer-key';

/** A payload that is encrypted, and cannot be opened here. */
export class PayloadKeyError extends GafferError {
  override readonly name = 'PayloadKeyError';
  readonly kind = 'refused';
}

/** What stands encrypted beside the data. */
interface Head {
  for: string | null;
}

/** Encrypts and opens payloads with keys of whoever runs Gaffer. Its `decode` throws {@link PayloadKeyError}. */
export function createPayloadCodec({ keys, current }: PayloadKeys): PayloadCodec {
  const derived = new Map(Object.entries(keys).map(([id, key]) => [id, deriveKey(key, 'gaffer payload key')]));
  const writes = current === null ? undefined : derived.get(current);
  return {
    async encode(payloads, owner = {}) {
      if (writes === undefined || current === null) return payloads;
      return payloads.map((payload) => ({
        metadata: { encoding: Buffer.from(encryptedEncoding), [keyMark]: Buffer.from(current) },
        data: lockBox(writes, { for: owner.workflowId ?? null } satisfies Head, payload),
      }));
    },
    decode: async (payloads, owner = {}) =>
      payloads.map((payload) => (encodingOf(payload) === encryptedEncoding ? open(derived, payload, owner) : payload)),
  };
}

/** A key for one purpose. */
export function deriveKey(key: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', Buffer.from(key, 'base64'), '', purpose, 32));
}

function open(keys: ReadonlyMap<string, Buffer>, { metadata, data }: Payload, owner: Owner): Payload {
  const id = Buffer.from(metadata?.[keyMark] ?? [])
    .toString()
    .replace(/[^\w.-]/g, '?')
    .slice(0, 64);
  const key = keys.get(id);
  if (key === undefined) {
    throw new PayloadKeyError(
      `a payload is encrypted with the key "${id}", which is not there: add it to GAFFER_PAYLOAD_KEYS.`,
    );
  }
  const found = openBox<Head>(key, data);
  if (!found) {
    throw new PayloadKeyError(
      `a payload cannot be opened with the key "${id}" of GAFFER_PAYLOAD_KEYS: it is another key of that id, or the payload was changed.`,
    );
  }
  if (isElsewhere(found.head.for, owner.workflowId)) {
    throw new PayloadKeyError(`a payload that was encrypted for another workflow stands in ${owner.workflowId}.`);
  }
  return found.payload;
}

// A schedule adds the time to the id that its workflow was encrypted for.
const scheduledAt = /^-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function isElsewhere(meant: string | null, workflowId: string | undefined): boolean {
  if (meant === null || workflowId === undefined || meant === workflowId) return false;
  return !(workflowId.startsWith(meant) && scheduledAt.test(workflowId.slice(meant.length)));
}
