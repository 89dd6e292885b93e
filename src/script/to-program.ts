/**
 * Source of an async function's expression whose body is a script. Lines and columns stay what they were: what is taken away (meta, a
 * byte order mark, a `#!`) leaves blanks. The script must have been checked.
 */
export function toProgram(source: string): string {
  const text = source.replace(/^\uFEFF/, ' ').replace(/^( ?)#!/, '$1//');
  const start = skipBlanks(text, 0);
  const end = endOfMeta(text, start);
  const head = '(async()=>{';
  const blanks = text.slice(start, end).replace(/[^\n\r\u2028\u2029]/g, ' ');
  // Where the first words of meta stand in one line, the head takes their place.
  const rest = blanks.startsWith(' '.repeat(head.length)) ? blanks.slice(head.length) : blanks;
  return `${text.slice(0, start)}${head}${rest}${text.slice(end)}\n})`;
}

/** Where the literal of `export const meta = {…}` ends, with its semicolon. */
function endOfMeta(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if ('"\'`'.includes(character)) at = endOfText(text, at);
    else if (character === '/') at = skipBlanks(text, at) - 1;
    else if ('{[('.includes(character)) depth++;
    else if ('}])'.includes(character) && --depth === 0)
      return text[skipBlanks(text, at + 1)] === ';' ? skipBlanks(text, at + 1) + 1 : at + 1;
  }
  return text.length;
}

function endOfText(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start]) at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** Behind white space and comments; at least one character further where a slash begins neither. */
function skipBlanks(text: string, from: number): number {
  const blanks = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)*/y;
  blanks.lastIndex = from;
  blanks.test(text);
  return blanks.lastIndex;
}
