import { groupBy } from '../../domain/evaluation/observation.ts';
import type { JsonValue } from '../../domain/json.ts';
import { isJsonObject, type ValuePath } from '../source/source-document.ts';

/** The value with another one at a path whose last step may be new; what is left stays the same objects. */
export function withValueAt(value: JsonValue, path: ValuePath, other: JsonValue): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined) return other;
  if (Array.isArray(value))
    return value.map((each, index) => (index === Number(step) ? withValueAt(each, rest, other) : each));
  const object = isJsonObject(value) ? value : {};
  return withKey(object, String(step), withValueAt(object[step] ?? null, rest, other));
}

/** What a path of a value holds afterwards; `undefined`: nothing. */
interface Change {
  path: ValuePath;
  value: JsonValue | undefined;
}

/** The value with many changes, gone through once. Of paths none lies in another. */
export function withChanges(value: JsonValue, changes: readonly Change[]): JsonValue {
  const of = groupBy(changes, ({ path }) => String(path[0]));
  const after = (each: JsonValue, step: string | number): JsonValue | undefined => {
    const below = of.get(String(step));
    if (!below) return each;
    const whole = below.find(({ path }) => path.length === 1);
    return whole
      ? whole.value
      : withChanges(
          each,
          below.map((change) => ({ ...change, path: change.path.slice(1) })),
        );
  };
  const kept = <K>(pairs: [K, JsonValue | undefined][]): [K, JsonValue][] =>
    pairs.filter((pair): pair is [K, JsonValue] => pair[1] !== undefined);
  if (Array.isArray(value))
    return kept(value.map((each, index) => [index, after(each, index)])).map(([, each]) => each);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(kept(Object.entries(value).map(([key, each]) => [key, after(each, key)])));
}

/** The value without what is at a path. */
export function removed(value: JsonValue, path: ValuePath): JsonValue {
  const [step, ...rest] = path;
  if (Array.isArray(value))
    return rest.length === 0
      ? value.filter((_, index) => index !== Number(step))
      : value.map((each, index) => (index === Number(step) ? removed(each, rest) : each));
  if (!isJsonObject(value)) return value;
  if (rest.length > 0) return withKey(value, String(step), removed(value[String(step)]!, rest));
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== step));
}

/** The value with an item more in the list at a path. */
export function inserted(
  value: JsonValue,
  { list, at, value: item }: { list: ValuePath; at: number; value: JsonValue },
): JsonValue {
  return changed(value, list, (items) => items.toSpliced(at, 0, item));
}

/** The value with an item elsewhere; `at`: its place once it has left its own. */
export function moved(
  value: JsonValue,
  { from, list, at }: { from: ValuePath; list: ValuePath; at: number },
): JsonValue {
  const item = from.reduce<JsonValue>((each, step) => (each as never)[step] as JsonValue, value);
  return inserted(removed(value, from), { list, at, value: item });
}

function changed(value: JsonValue, path: ValuePath, change: (items: JsonValue[]) => JsonValue[]): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined) return change(Array.isArray(value) ? value : []);
  if (Array.isArray(value))
    return value.map((each, index) => (index === Number(step) ? changed(each, rest, change) : each));
  const object = isJsonObject(value) ? value : {};
  return withKey(object, String(step), changed(object[step] ?? null, rest, change));
}

/** Assignment would let a key "__proto__" change the object's prototype. */
function withKey(object: { [key: string]: JsonValue }, key: string, value: JsonValue): JsonValue {
  return Object.fromEntries([...Object.entries(object), [key, value]]);
}
