import type { JsonValue } from '../json.ts';
import type { Work } from './work.ts';
import { ExpressionError, maxTextLength } from './work.ts';

/** A value while it is worked with: ints are bigint, doubles number. */
export type Value = null | boolean | bigint | number | string | readonly Value[] | ValueMap;
/** An object of the scope, or one that the expression made. */
export interface ValueMap {
  readonly [key: string]: Value;
}

/** Deepest nesting of a value that is compared or handed out. */
const maxDepth = 100;
const maxInt = 2n ** 63n - 1n;
const minInt = -(2n ** 63n);

/** Whether a value is an object. */
export function isMap(value: Value): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a list. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Kind of a value, for messages. */
export function kindOf(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'double';
  return isList(value) ? 'list' : typeof value === 'object' ? 'map' : typeof value === 'string' ? 'string' : 'bool';
}

/** What was taken out of a container: whole numbers out of JSON are ints. */
export function takenFrom(container: object, value: Value, work: Work): Value {
  return typeof value === 'number' && Number.isSafeInteger(value) && !work.made.has(container) ? BigInt(value) : value;
}

/** Marks a list or map as made by the expression. */
export function made<T extends object>(container: T, work: Work): T {
  work.made.add(container);
  return container;
}

/** An int within 64 bits. */
export function checkedInt(value: bigint, offset: number): bigint {
  if (value > maxInt || value < minInt) throw new ExpressionError('the whole number is too large', offset);
  return value;
}

/** Whether two values are the same; ints and doubles compare by value. */
export function isEqual(a: Value, b: Value, cost: { work: Work; offset: number; depth?: number }): boolean {
  const { work, offset, depth = 0 } = cost;
  work.spend(1, offset);
  const isNumeric = (value: Value): boolean => typeof value === 'bigint' || typeof value === 'number';
  // eslint-disable-next-line eqeqeq -- 1n and 1 are the same number
  if (isNumeric(a) && isNumeric(b)) return a == b;
  if (typeof a === 'string' && typeof b === 'string') {
    work.spendText(Math.min(a.length, b.length), offset);
    return a === b;
  }
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (depth > maxDepth) throw new ExpressionError('the values are nested too deeply', offset);
  const deeper = { work, offset, depth: depth + 1 };
  if (isList(a) || isList(b)) {
    return isList(a) && isList(b) && a.length === b.length && a.every((item, at) => isEqual(item, b[at]!, deeper));
  }
  const keys = Object.keys(a);
  work.spend(keys.length, offset);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key]!, b[key]!, deeper));
}

/**
 * The value as JSON: a copy, so that nothing of the scope can be changed through it.
 *
 * @throws ExpressionError for a number that JSON does not have, and for a value that is too large or too deep
 */
export function toJson(value: Value, work: Work, offset: number): JsonValue {
  let text = 0;
  return copy(value, 0);

  function copy(from: Value, depth: number): JsonValue {
    work.spend(1, offset);
    if (depth > maxDepth) throw new ExpressionError('the result is nested too deeply', offset);
    if (typeof from === 'bigint') return toNumber(from, offset);
    if (typeof from === 'number' && !Number.isFinite(from))
      throw new ExpressionError('the result is no number', offset);
    if (typeof from === 'string') count(from.length);
    if (from === null || typeof from !== 'object') return from;
    if (isList(from)) return from.map((item) => copy(item, depth + 1));
    const object: { [key: string]: JsonValue } = {};
    for (const [key, item] of Object.entries(from)) {
      count(key.length);
      // Assignment would let a key "__proto__" change the object's prototype.
      Object.defineProperty(object, key, {
        value: copy(item, depth + 1),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return object;
  }

  function count(length: number): void {
    text += length;
    if (text > maxTextLength)
      throw new ExpressionError(`the result is longer than ${maxTextLength} characters`, offset);
  }
}

function toNumber(value: bigint, offset: number): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new ExpressionError('the whole number is too large to be kept exactly', offset);
}
