import { createPayloadCodec } from '../../../src/host/payloads/payload-keys.ts';
import type { PayloadKeys } from '../../../src/domain/temporal-target.ts';

/** What lies in a history: a value, with what it is. */
interface Payload {
  metadata: Record<string, Uint8Array>;
  data: Uint8Array;
}

/** The same history with all that was encrypted in it opened. */
export async function openHistory<History>(history: History, keys: PayloadKeys): Promise<History> {
  const codec = createPayloadCodec(keys);
  const open = async (value: unknown): Promise<unknown> => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    if (isPayload(value)) return (await codec.decode([value]))[0];
    for (const [key, each] of Object.entries(value)) Object.assign(value, { [key]: await open(each) });
    return value;
  };
  return (await open(history)) as History;
}

function isPayload(value: object): value is Payload {
  return 'metadata' in value && 'data' in value && value.data instanceof Uint8Array;
}
