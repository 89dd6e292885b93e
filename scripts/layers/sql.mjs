const homes = ['src/store/', 'src/dev/postgres/'];

// A call on a connection, or a text that begins like a statement: on whatever it is called, the text is there.
const asked = /\b(?:sql|database|pool)\s*\.\s*query\s*[<(]/g;
const statement =
  /['"`]\s*(?:select\s[^'"`]*?\sfrom\s|select\s+\d|insert\s+into\s|update\s+\w+(?:\s+\w+)?\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\()/gi;

/** SQL outside of the store: what a statement means has a name there, and a change of the tables stays there. */
export function sqlBreaches({ path, source }) {
  if (homes.some((home) => path.startsWith(home))) return [];
  const places = [...source.matchAll(asked), ...source.matchAll(statement)].map(({ index }) => lineAt(source, index));
  return [...new Set(places)]
    .toSorted((a, b) => a - b)
    .map((line) => `${path}:${line}: SQL belongs into src/store, as a function named for what it means`);
}

function lineAt(source, index) {
  return source.slice(0, index).split('\n').length;
}
