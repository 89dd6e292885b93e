/**
 * Reads what never changes once, and keeps what was asked for first the shortest: the last `size`.
 *
 * A failed read is not kept: who asks next reads again.
 */
export function keepLast<Value>(size: number, load: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const kept = new Map<string, Promise<Value>>();
  return (key) => {
    const known = kept.get(key);
    if (known) return known;
    const loading = load(key);
    kept.set(key, loading);
    loading.catch(() => kept.delete(key));
    if (kept.size > size) kept.delete(kept.keys().next().value!);
    return loading;
  };
}
