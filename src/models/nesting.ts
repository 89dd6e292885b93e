/** Deepest JSON that is taken from outside: what walks through values does so recursively, PostgreSQL included. */
export const mostNesting = 100;

/** Whether JSON text, right or not, nests lists and objects deeper than {@link mostNesting}. Reads it once, whatever its depth. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (inText) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inText = false;
    } else if (code === 0x22) inText = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > mostNesting) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}
