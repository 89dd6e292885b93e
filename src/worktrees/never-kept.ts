/** What nobody keeps or copies of a person's checkout, wherever it lies: keys, and Gaffer's own. */
const names: readonly string[] = ['.env', '.env.local', '.gaffer'];

/** The same for git: what of a working tree it does not look at. */
export const neverKept: readonly string[] = names.flatMap((name) => [
  `:(exclude,top,glob)**/${name}`,
  `:(exclude,top,glob)**/${name}/**`,
]);

/** Whether a path is one of those, or lies below one. */
export function isNeverKept(path: string): boolean {
  return path.split('/').some((part) => names.includes(part));
}
