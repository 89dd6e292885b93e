/** Where something arose. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** Name of a file as the interpreter is told it: one word, so that it can be found in a stack. */
export function toWord(file: string): string {
  return file.replace(/[^\w./-]/g, '_');
}

// A script may say what its errors' stacks are.
const stackCharacters = 4000;
const places = /(?<![\w./-])([\w./-]{1,500}):(\d{1,9}):(\d{1,9})\)?$/gm;

/** The first place in a stack that lies in one of the scripts: `files` by their words. */
export function placeOf(stack: string, files: ReadonlyMap<string, string>): Place | null {
  for (const [, word, line, column] of stack.slice(0, stackCharacters).matchAll(places)) {
    const file = files.get(word!);
    if (file !== undefined) return { file, line: Number(line), column: Number(column) };
  }
  return null;
}
