/** What stands in the place of a token in all that is kept, shown or told to others. */
const mask = '[token]';

/** The same without the token, wherever it stands in it. Any JSON; of letters, digits, - and _ alone, a token reads the same in it. */
export function maskToken<Value>(value: Value, token: string): Value {
  const text = JSON.stringify(value);
  return text.includes(token) ? (JSON.parse(text.replaceAll(token, mask)) as Value) : value;
}
