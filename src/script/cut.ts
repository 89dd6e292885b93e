/** The beginning of a text that a script gave, which may hold halves of characters. */
export function cut(text: string, most: number): string {
  return text.slice(0, most).toWellFormed();
}
