/** Many values of which most are alike, in few bytes: one character each, and in full only what is rare. */
export interface Packed<Value> {
  /** Values that occur more than once. */
  words: Value[];
  /** One character per value: its word, or {@link rareCode}. */
  codes: string;
  /** The others, in order. */
  rare: Value[];
}

const rareCode = '.';
const firstCode = 'A'.charCodeAt(0);
const mostWords = 57;

/** Packs plain JSON values. */
export function pack<Value>(values: readonly Value[]): Packed<Value> {
  const texts = values.map((value) => JSON.stringify(value));
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const common = [...counts].filter(([, count]) => count > 1).toSorted(([, a], [, b]) => b - a);
  const words = common.slice(0, mostWords).map(([text]) => text);
  const codeOf = new Map(words.map((text, index) => [text, String.fromCharCode(firstCode + index)]));
  return {
    words: words.map((text) => JSON.parse(text) as Value),
    codes: texts.map((text) => codeOf.get(text) ?? rareCode).join(''),
    rare: values.filter((_value, index) => !codeOf.has(texts[index]!)),
  };
}

/** The values that were packed. Those that are alike are the same object: copy before a change. */
export function unpack<Value>({ words, codes, rare }: Packed<Value>): Value[] {
  let next = 0;
  return Array.from(codes, (code) => (code === rareCode ? rare[next++]! : words[code.charCodeAt(0) - firstCode]!));
}
