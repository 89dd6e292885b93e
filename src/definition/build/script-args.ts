import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { parseJson } from '../../domain/parse-json.ts';

/** Name of the input that is `args` as a whole. */
const wholeArgs = 'args';

/**
 * What a script gets as `args`: its inputs as an object, or the one that is called `args` as it is; undefined: nothing was given.
 *
 * Text that holds a JSON list or object counts as that; `5` and `true` stay text.
 */
export function toScriptArgs(inputs: Readonly<JsonObject>): JsonValue | undefined {
  const names = Object.keys(inputs);
  if (names.length === 0) return undefined;
  if (names.length === 1 && names[0] === wholeArgs) return unpacked(inputs[wholeArgs]!);
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, unpacked(value)]));
}

function unpacked(value: JsonValue): JsonValue {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  const parsed = parseJson(value);
  return typeof parsed === 'object' && parsed !== null ? parsed : value;
}
