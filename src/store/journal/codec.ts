import type { JsonObject } from '../../domain/json.ts';

/** How what one kind of row holds becomes JSON, and is read again. */
export interface Codec<Value> {
  toJson(value: Value): JsonObject;
  fromJson(json: JsonObject): Value;
}

/**
 * Rows that hold a value as it is.
 *
 * Each kind of row is written and read through one codec, so what is read is what was written. A version that changes the shape reads
 * the one before as well: runs that are alive have such rows.
 */
export function codecOf<Value extends object>(): Codec<Value> {
  return {
    // A type without an index signature is none of JSON for the compiler, whatever it holds.
    toJson: (value) => value as unknown as JsonObject,
    fromJson: (json) => json as unknown as Value,
  };
}
