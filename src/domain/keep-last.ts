/** How much is kept. */
interface Room<Value> {
  /** The most that it may have together, in what `sizeOf` counts. */
  most: number;
  sizeOf: (value: Value) => number;
  /** So many that were asked for last are kept whatever they have together: those take turns. Default: 1. */
  least?: number;
}

/**
 * Reads what never changes once, and keeps what was asked for last: as much as there is room for, and some however large they are.
 *
 * Sizes are asked again at each read: what is kept may grow. A failed read is not kept: who asks next reads again.
 */
export function keepLast<Value>(
  { most, sizeOf, least = 1 }: Room<Value>,
  load: (key: string) => Promise<Value>,
): (key: string) => Promise<Value> {
  // Whoever was asked for last stands last. Without a size: it is on its way.
  const kept = new Map<string, { reading: Promise<Value>; size?: () => number }>();
  const dropOldest = (): void => {
    let total = 0;
    for (const { size } of kept.values()) total += size?.() ?? 0;
    let left = kept.size;
    for (const [key, { size }] of kept) {
      if (total <= most || left-- <= least) return;
      if (!size) continue;
      total -= size();
      kept.delete(key);
    }
  };
  const read = (key: string): { reading: Promise<Value>; size?: () => number } => {
    const entry: { reading: Promise<Value>; size?: () => number } = { reading: load(key) };
    entry.reading.then(
      (value) => {
        entry.size = () => sizeOf(value);
        dropOldest();
      },
      () => kept.delete(key),
    );
    return entry;
  };
  return (key) => {
    const entry = kept.get(key) ?? read(key);
    kept.delete(key);
    kept.set(key, entry);
    return entry.reading;
  };
}
