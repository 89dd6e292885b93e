import { statSync } from 'node:fs';

/** Most files of which something is kept. */
const mostFiles = 2000;

/** What was read from files, for as long as they stay as they were: by their place, size and times. */
export class ByStamp<Value> {
  readonly #kept = new Map<string, { stamp: string; value: Value }>();
  readonly #read: (file: string) => Value;

  /** @param read is asked again when a file has changed; what it throws is not kept */
  constructor(read: (file: string) => Value) {
    this.#read = read;
  }

  of(file: string): Value {
    const stamp = stampOf(file);
    const kept = this.#kept.get(file);
    if (stamp !== null && kept?.stamp === stamp) return kept.value;
    this.#kept.delete(file);
    const value = this.#read(file);
    if (stamp === null) return value;
    this.#kept.set(file, { stamp, value });
    if (this.#kept.size > mostFiles) this.#kept.delete(this.#kept.keys().next().value!);
    return value;
  }
}

function stampOf(file: string): string | null {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats ? [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ') : null;
}
