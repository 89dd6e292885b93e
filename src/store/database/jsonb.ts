// What JSON can hold and PostgreSQL's jsonb can't: NUL, and halves of surrogate pairs.
const unstorable = /\\u0000|\\ud[89a-f]/i;

/** A value as JSON text that `jsonb` takes, whatever a model or a tool put into it. */
export function toJsonb(value: unknown): string {
  const text = JSON.stringify(value);
  if (!unstorable.test(text)) return text;
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? part.replaceAll('\u0000', '\ufffd').toWellFormed() : part,
  );
}

/** A value as it comes back from the store: what it cannot hold is replaced. */
export function toStorable<Value>(value: Value): Value {
  return JSON.parse(toJsonb(value)) as Value;
}
