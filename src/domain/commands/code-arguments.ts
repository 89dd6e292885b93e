/*
 * Programs that read an argument, or what they are fed, as code: in it a value would be code as well, whatever its quotes.
 * A1 The table names those that everybody knows; one that is not there is taken to read data.
 * A2 Behind what starts another program (`sudo`, `xargs`, `docker exec`, `find … -exec`), each later word may be one of the table.
 */

interface CodeReader {
  names: RegExp;
  /** Options of which the next word is code, or their own rest (`-c…`, `--eval=…`). */
  options?: RegExp;
  /** How many arguments stand before the one that is code; `andAfter`: so are all that follow. */
  after?: number;
  andAfter?: boolean;
  /** Options that have a word of their own, or two of them. */
  taking?: RegExp;
  takingTwo?: RegExp;
  /** Whether what it is fed is code: always, or where no file is named. */
  input?: 'always' | 'without-file';
}

const readers: readonly CodeReader[] = [
  { names: /^(ba|da|z|k|mk|a|c|tc|fi)?sh$/, options: /^-\w*c$/, taking: /^[-+]\w*[oO]$/, input: 'without-file' },
  { names: /^(python|pypy)[\d.]*$/, options: /^-\w*c$/, taking: /^-[WX]$/, input: 'without-file' },
  { names: /^(node|nodejs|bun|deno)$/, options: /^(-e|-p|-pe|--eval|--print|eval)$/, input: 'without-file' },
  { names: /^(perl|ruby|lua[\d.]*|Rscript|osascript)$/, options: /^-\w*[eE]$/, input: 'without-file' },
  { names: /^php[\d.]*$/, options: /^-[rRBE]$/, input: 'without-file' },
  { names: /^(awk|gawk|mawk|nawk)$/, options: /^(-e|--source)$/, after: 0, taking: /^-[vF]$/ },
  { names: /^g?sed$/, options: /^(-\w*e|--expression)$/, after: 0 },
  { names: /^(jq|yq)$/, after: 0, taking: /^(--indent|-L)$/, takingTwo: /^--(arg|argjson|slurpfile|rawfile)$/ },
  { names: /^(psql|duckdb)$/, options: /^(-\w*c|--command)$/, input: 'always' },
  { names: /^(mysql|mariadb)$/, options: /^(-\w*e|--execute)$/, input: 'always' },
  {
    names: /^sqlite3$/,
    options: /^-cmd$/,
    after: 1,
    andAfter: true,
    taking: /^-(separator|newline|nullvalue|init)$/,
    input: 'always',
  },
  { names: /^mongo(sh)?$/, options: /^--eval$/, input: 'without-file' },
  { names: /^ssh$/, after: 1, andAfter: true, taking: /^-\w*[BbcDEeFIiJLlmOopQRSWw]$/, input: 'always' },
  { names: /^(su|runuser|script|flock)$/, options: /^(-\w*c|--command)$/ },
  { names: /^env$/, options: /^(-S|--split-string)$/ },
  { names: /^(eval|watch|parallel)$/, after: 0, andAfter: true, taking: /^-[jnIN]$/ },
  { names: /^trap$/, after: 0 },
  { names: /^(at|batch)$/, input: 'always' },
];

/** What starts another program, among whose arguments that one is (A2). */
const starters =
  /^(env|sudo|doas|su|runuser|nohup|timeout|nice|ionice|stdbuf|setsid|chroot|unshare|nsenter|strace|xargs|parallel|flock|find|busybox|docker|podman|nerdctl|kubectl|oc|lxc|incus|ssh|npx|uv|poetry)$/;
/** What may stand before a command, and is none. */
const before = /^(if|then|elif|else|while|until|do|!|\{|time|exec|command|builtin|-p|\w+\+?=.*)$/s;

/** Whether the next word of a command is code, or the rest of the one that has begun. @param words those before it, without quotes */
export function isCodeArgument(words: readonly string[], begun: string): boolean {
  return programsIn(words).some(({ reader, rest }) => isCodeFor(reader, rest, begun));
}

/** Whether a command runs what it is fed as code. */
export function readsCodeFromInput(words: readonly string[]): boolean {
  return programsIn(words).some(({ reader: { input, options, ...reader }, rest }) => {
    if (input === undefined || rest.some((word) => options?.test(word))) return false;
    const named = argumentsOf(reader, rest).filter((word) => word !== '-');
    return input === 'always'
      ? !reader.andAfter || named.length <= (reader.after ?? 0)
      : named.length === 0 || rest.includes('-s');
  });
}

/** Whether a command reads a file that it is given as code. */
export function readsCodeFromFile(words: readonly string[]): boolean {
  return readsCodeFromInput(words) || /^(source|\.)$/.test(commandIn(words)[0] ?? '');
}

function commandIn(words: readonly string[]): readonly string[] {
  const start = words.findIndex((word) => !before.test(word));
  return start < 0 ? [] : words.slice(start);
}

function programsIn(words: readonly string[]): { reader: CodeReader; rest: readonly string[] }[] {
  const command = commandIn(words);
  const isStarter = starters.test(nameOf(command[0] ?? ''));
  return command.slice(0, isStarter ? undefined : 1).flatMap((word, at) => {
    const reader = readers.find(({ names }) => names.test(nameOf(word)));
    return reader ? [{ reader, rest: command.slice(at + 1) }] : [];
  });
}

const nameOf = (word: string): string => word.slice(word.lastIndexOf('/') + 1);

function isCodeFor(reader: CodeReader, rest: readonly string[], begun: string): boolean {
  const { options, after, andAfter = false } = reader;
  const option = rest.findIndex((word) => options?.test(word));
  // Options may stand between: `bash -c -e '…'`.
  if (option >= 0 && argumentsOf(reader, rest.slice(option + 1)).length === 0) return true;
  if (options !== undefined && isOptionWithRest(options, begun)) return true;
  if (after === undefined || option >= 0 || begun.startsWith('-')) return false;
  if (rest.length > 0 && reader.taking?.test(rest.at(-1)!)) return false;
  const count = argumentsOf(reader, rest).length;
  return andAfter ? count >= after : count === after && !rest.some((word) => /^(-f|--from-file|--file)$/.test(word));
}

/** `-cCODE`, `--eval=CODE`. */
function isOptionWithRest(options: RegExp, begun: string): boolean {
  const [long] = begun.split('=', 1) as [string];
  if (begun.startsWith('--')) return long !== begun && options.test(long);
  return (
    begun.startsWith('-') && Array.from(begun, (_, at) => begun.slice(0, at + 1)).some((part) => options.test(part))
  );
}

/** The words that are neither options nor theirs. */
function argumentsOf(
  { taking, takingTwo }: Pick<CodeReader, 'taking' | 'takingTwo'>,
  rest: readonly string[],
): string[] {
  const found: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    if (takingTwo?.test(word)) at += 2;
    else if (taking?.test(word)) at += 1;
    else if (!word.startsWith('-') || word === '-') found.push(word);
  }
  return found;
}
