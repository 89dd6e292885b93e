/** A map that is one fold's own: {@link withEntry} changes it in place, as nobody else has seen it. */
export class DraftMap<Key, Value> extends Map<Key, Value> {}

/** The map with one more or one other entry: a copy, unless it is a draft. */
export function withEntry<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key, value: Value): Map<Key, Value> {
  return (map instanceof DraftMap ? (map as DraftMap<Key, Value>) : new Map(map)).set(key, value);
}
