/*
 * What only people look at: summaries and search attributes. Temporal ends a run whose attributes are too large, and fails a step whose
 * summary is; so all of them go through here, and none can be the end of a run.
 */

/** Largest summary in bytes; the server takes 400 of JSON. */
const mostOfSummary = 360;
/** Largest text attribute in bytes, and largest list of them; the server takes 2,048, and databases 255 characters. */
const mostOfText = 255;
const mostOfList = 1800;

/** A text for the Web UI: one line, as long as it takes. */
export function toSummary(text: string): string {
  return cut(oneLine(text), mostOfSummary);
}

/** A text of others as Markdown: shown as it stands, whatever it holds. */
export function quoted(text: string): string {
  const plain = text.toWellFormed().replace(/[^\P{Cc}\n\t]/gu, ' ');
  return `\`\`\`text\n${plain.replace(/`{3,}/g, "'''")}\n\`\`\``;
}

/** A text as a search attribute. */
export function toKeyword(text: string): string {
  return cut(oneLine(text), mostOfText);
}

/** Texts as a search attribute: as many of them as it takes. */
export function toKeywords(texts: readonly string[]): string[] {
  let bytes = 0;
  // Quotes and a comma stand around each.
  return texts.map(toKeyword).filter((text) => (bytes += bytesOf(text) + 4) <= mostOfList);
}

/** A number as a search attribute; undefined: it is none. */
export function toNumber(value: number, kind: 'INT' | 'DOUBLE'): number | undefined {
  const isNumber = kind === 'INT' ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isNumber ? value : undefined;
}

function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}

function cut(text: string, most: number): string {
  if (text.length * 3 <= most || bytesOf(text) <= most) return text;
  let kept = '';
  let bytes = 3;
  for (const character of text) {
    bytes += bytesOf(character);
    if (bytes > most) break;
    kept += character;
  }
  return `${kept}…`;
}

// As JSON holds it; workflow code has no encoder.
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code === 0x22 || code === 0x5c) bytes += 2;
    else bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
