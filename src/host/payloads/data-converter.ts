import type { PayloadKeys, TemporalTarget } from '../../domain/temporal-target.ts';
import type { PayloadCodec } from './payload-box.ts';
import { createPayloadCodec } from './payload-keys.ts';
import { createPayloadSeal, type Reader } from './payload-seal.ts';

/** What a connection's payloads go through: the option `dataConverter` of clients and workers. */
export function dataConverterOf(
  { seal, payloadKeys = noKeys }: Pick<TemporalTarget, 'seal' | 'payloadKeys'>,
  reader: Reader = {},
): { dataConverter: { payloadCodecs: PayloadCodec[] } } {
  // The seal is the outermost: it says what came from the server.
  return {
    dataConverter: {
      payloadCodecs: [createPayloadCodec(payloadKeys), ...(seal ? [createPayloadSeal(seal, reader)] : [])],
    },
  };
}

// Whoever has none is told which one is missing.
const noKeys: PayloadKeys = { keys: {}, current: null };
