/** Most lines of a program's output that say why it failed, and how long they may be together. */
const mostLines = 5;
const longest = 300;

// What runtimes and runners write at the end of any failure.
const saysNothing = [
  /^Node\.js v\d/,
  /^npm (ERR!|error|notice)/,
  /^at .+:\d+:\d+\)?$/,
  /^[\s\p{P}\p{S}]*$/u,
  /^error Command failed/,
];

/** What a program's output says last, in one line: lines that say nothing of what was wrong are left out, unless there are no others. */
export function lastWords(output: string): string {
  const lines = output.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  const telling = lines.filter((line) => saysNothing.every((pattern) => !pattern.test(line)));
  let said: string[] = [];
  for (const line of (telling.length > 0 ? telling : lines).slice(-mostLines).toReversed()) {
    const more = [line, ...said];
    if (said.length > 0 && more.join(' / ').length > longest) break;
    said = more;
  }
  return said.join(' / ').slice(0, longest).toWellFormed();
}
