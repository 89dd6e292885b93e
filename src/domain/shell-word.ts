/** A word as a shell takes it: quoted where it has to be. */
export function shellWord(word: string): string {
  return /^[\w./:~@%+=,#-]+$/.test(word) && !word.startsWith('~') && !word.startsWith('#')
    ? word
    : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
