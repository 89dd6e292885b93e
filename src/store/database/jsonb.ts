// What JSON can hold and PostgreSQL's jsonb can't: NUL, and halves of surrogate pairs.
const unstorable = /\\u0000|\\ud[89a-f]/i;

/** A value as JSON text that `jsonb` takes, whatever a model or a tool put into it. */
export function toJsonb(value: unknown): string {
  const text = JSON.stringify(value);
  if (!unstorable.test(text)) return text;
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? storable(part) : withKeys(part)));
}

function storable(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').toWellFormed();
}

function withKeys(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  const keys = Object.keys(part);
  if (keys.every((key) => storable(key) === key)) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [storable(key), value]));
}

/** A value as it comes back from the store: what it cannot hold is replaced. */
export function toStorable<Value>(value: Value): Value {
  return JSON.parse(toJsonb(value)) as Value;
}
