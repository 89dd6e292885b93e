import { safeJson } from '../../domain/safe-text.ts';
import type { Store } from '../../store/store.ts';

/** A run's cassette as the text of a file, in one piece: it is read whole, too. @throws UsageError when it is larger than can be read again */
export async function* cassetteLines(store: Store, runKey: string): AsyncGenerator<string> {
  const [{ recordCassette }, { largestCassette }, { UsageError }] = await Promise.all([
    import('../../store/cassette/record-cassette.ts'),
    import('../../domain/cassette/cassette.ts'),
    import('../../domain/errors.ts'),
  ]);
  const text = `${safeJson(await recordCassette(store.sql, runKey), 1)}\n`;
  if (Buffer.byteLength(text) > largestCassette)
    throw new UsageError(`this run is too large for a cassette: it would have more than ${largestCassette / 1e6} MB.`);
  yield text;
}
