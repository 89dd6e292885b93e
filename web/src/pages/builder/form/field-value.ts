import type { Edit } from '../../../../../src/definition/edit/edit.ts';
import type { JsonObject, JsonValue } from '../../../../../src/domain/json.ts';
import type { FieldOf } from './fields.ts';

type Place = readonly (string | number)[];

/** A value as its field shows it. */
export function shownValue({ path, kind }: FieldOf, values: JsonObject): string {
  const value = valueAt(path, values);
  if (value === undefined || value === null) return '';
  if (kind === 'json' || typeof value === 'object') return JSON.stringify(value, null, 2);
  return String(value);
}

/** Whether a field cannot show what is written: it is of another form, to be changed in the text. */
export function isOfOtherForm({ path, kind, choices }: FieldOf, values: JsonObject): boolean {
  const value = valueAt(path, values);
  if (value === undefined || value === null || kind === 'json') return false;
  if (path.length === 2 && !isObject(values[path[0]])) return true;
  if (typeof value === 'object') return true;
  return kind === 'list' && !choices!.includes(String(value));
}

/** What typing something into a field does to the file: an edit; null: nothing; or why it cannot be meant. */
export function editFor(
  field: FieldOf,
  { at, values }: { at: Place; values: JsonObject },
  typed: string,
): { edit: Edit | null } | { wrong: string } {
  const read = readTyped(field, typed);
  if ('wrong' in read) return read;
  const { value } = read;
  const [key, inner] = field.path;
  if (JSON.stringify(valueAt(field.path, values)) === JSON.stringify(value)) return { edit: null };
  if (inner === undefined) return { edit: toEdit(at, key, value) };
  const { [inner]: _old, ...others } = isObject(values[key]) ? values[key] : {};
  const next: JsonObject = value === undefined ? others : { ...others, [inner]: value };
  return { edit: toEdit(at, key, Object.keys(next).length === 0 ? undefined : next) };
}

function toEdit(at: Place, key: string, value: JsonValue | undefined): Edit {
  return value === undefined ? { do: 'unset', at, key } : { do: 'set', at, key, value };
}

function readTyped({ kind }: FieldOf, typed: string): { value: JsonValue | undefined } | { wrong: string } {
  if (typed.trim() === '') return { value: undefined };
  if (kind === 'number') {
    const value = Number(typed);
    return Number.isFinite(value) ? { value } : { wrong: `"${typed.slice(0, 40)}" is no number.` };
  }
  if (kind === 'flag') return { value: typed === 'true' ? true : undefined };
  if (kind !== 'json') return { value: kind === 'prompt' || kind === 'text' ? typed : typed.trim() };
  try {
    return { value: JSON.parse(typed) as JsonValue };
  } catch (error) {
    return { wrong: `This is no JSON: ${(error as Error).message}` };
  }
}

function valueAt([key, inner]: FieldOf['path'], values: JsonObject): JsonValue | undefined {
  const value = values[key];
  if (inner === undefined) return value;
  return isObject(value) ? value[inner] : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
