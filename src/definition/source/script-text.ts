import { extname } from 'node:path';

/** Largest script that is read, in bytes; how many characters it may have is among its own rules. */
export const maxScriptBytes = 2 * 1024 * 1024;

const endings: readonly string[] = ['.js', '.mjs'];

// What may stand before the first statement: a mark, `#!`, space and comments.
const firstStatement = /^\ufeff?(?:#![^\n]*\n)?(?:\s|\/\/[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*export\s+const\s+meta\b/;

/** Whether a file is a script by its name. */
export function isScriptFile(file: string): boolean {
  return endings.includes(extname(file).toLowerCase());
}

/** Whether a text begins as a script does: with `export const meta`. */
export function isScriptText(text: string): boolean {
  return firstStatement.test(text.slice(0, 100_000));
}
