/*
 * Where values stand in a shell command. A value is one word wherever it stands, or the command is refused:
 * V1 Nothing of a value is read by the shell: it comes from an environment variable, between double quotes.
 * V2 Where the shell would not look for a variable (single quotes, `$'…'`, a quoted here-document, behind a backslash), none arrives.
 * V3 What another program reads as code (`bash -c "…"`, `eval "…"`, `ssh HOST …`, `… | sh`) is read once more: a value in it would be
 *    code. Which programs those are: code-arguments.ts.
 * V4 Where it would take one for code (arithmetic), or this reader cannot tell, a name of one's own is the way: `value="…"`.
 */

import {
  addToWord,
  endWord,
  fedAsCode,
  isCodeHere,
  newCommand,
  redirect,
  type Command as WordsRead,
} from './command-words.ts';

type Command = WordsRead<ValuePlace>;

/** How a value stands in a command. `isQuoted`: where it needs no quotes of its own. */
export interface ValuePlace {
  isQuoted: boolean;
  /** Why it cannot stand there, and what to write instead; null: it can. `isLost`: the shell would not look for it (V2). */
  problem: { message: string; hint: string; isLost: boolean } | null;
}

/** The places of a command's values, in its order. What is no text among the pieces is a value. */
export function valuePlaces(pieces: readonly unknown[]): ValuePlace[] {
  const tokens = pieces.flatMap((piece) => (typeof piece === 'string' ? piece.split('') : [null]));
  return tokens.includes(null) ? new CommandReader(tokens).places() : [];
}

interface HereDocument {
  kind: 'here';
  endWord: string;
  isQuoted: boolean;
  isIndented: boolean;
  /** Whose input it is. */
  command: Command;
}

/** What a character stands in, innermost last. */
type Frame =
  | { kind: 'plain'; isClosed: boolean; command: Command }
  | { kind: 'single' | 'ansi' | 'double' | 'backtick' | 'brace' | 'comment' }
  | { kind: 'arithmetic'; depth: number }
  | HereDocument;

const named = 'give it a name before that, value="${{ … }}", and write "$value" here';
const problems = {
  single: {
    message: 'a value does not arrive inside of single quotes',
    hint: `use double quotes, or end the single quotes before it: '…'"\${{ … }}"'…'`,
  },
  ansi: { message: "a value does not arrive inside of $'…'", hint: 'use double quotes' },
  backtick: { message: 'a value cannot stand between backticks', hint: 'write $(…) instead of the backticks' },
  brace: { message: 'a value cannot stand inside of ${…}', hint: named },
  arithmetic: { message: 'a value cannot stand in arithmetic, where the shell reads it as code', hint: named },
  code: {
    message: 'a value cannot stand where another program reads it as code',
    hint: 'hand it over as an argument or by the environment: bash -c \'… "$1" …\' sh ${{ … }}; V=${{ … }} python3 -c \'… os.environ["V"] …\'',
  },
  here: {
    message: 'a value does not arrive in a here-document whose end word is quoted',
    hint: 'write the end word without quotes: <<EOF',
  },
  escaped: { message: 'a value does not arrive behind a backslash', hint: 'leave the backslash out' },
  unsure: { message: 'whether a value arrives here cannot be told', hint: named },
} as const;

const lost: readonly (keyof typeof problems)[] = ['single', 'ansi', 'here', 'escaped'];

const longestEndWord = 60;

class CommandReader {
  readonly #tokens: readonly (string | null)[];
  readonly #commands: Command[] = [];
  readonly #frames: Frame[] = [{ kind: 'plain', isClosed: false, command: newCommand(this.#commands) }];
  /** Those that begin with the next line. */
  #begun: HereDocument[] = [];
  /** How many of the frames are double quotes or here-documents. */
  #texts = 0;
  #at = 0;
  #lineStart = 0;
  #isEscaped = false;
  #isWordStart = true;
  #isUnsure = false;

  /** @param tokens characters; null: a value */
  constructor(tokens: readonly (string | null)[]) {
    this.#tokens = tokens;
  }

  places(): ValuePlace[] {
    const found: ValuePlace[] = [];
    for (; this.#at < this.#tokens.length; this.#at++) {
      const token = this.#tokens[this.#at];
      const wasEscaped = this.#isEscaped;
      if (token === null) found.push(this.#place());
      else this.#read(token!);
      const last = this.#tokens[this.#at] ?? null;
      // A line that goes on behind a backslash goes on with its word, or with none.
      const goesOn = this.#isEscaped || (wasEscaped && last === '\n');
      if (!goesOn) this.#isWordStart = !wasEscaped && last !== null && ' \t\n;&|()'.includes(last);
      if (last === '\n') this.#lineStart = this.#at + 1;
    }
    for (const place of this.#commands.flatMap(fedAsCode)) place.problem ??= { ...problems.code, isLost: false };
    return found;
  }

  get #frame(): Frame {
    return this.#frames.at(-1)!;
  }

  #place(): ValuePlace {
    const frame = this.#frame;
    const isCode = this.#plainFrames().some(({ command }) => isCodeHere(command));
    const problem = this.#isEscaped
      ? 'escaped'
      : this.#isUnsure
        ? 'unsure'
        : (problemIn(frame) ?? (isCode ? 'code' : null));
    this.#isEscaped = false;
    const isPlain = frame.kind === 'plain';
    const isLost = problem !== null && lost.includes(problem);
    const place = { isQuoted: !isPlain, problem: problem === null ? null : { ...problems[problem], isLost } };
    const here = this.#frames.findLast((each) => each.kind === 'here');
    here?.command.fed.push(place);
    if (!here) for (const { command } of this.#plainFrames()) addToWord(command, '\0').own.push(place);
    return place;
  }

  #plainFrames(): (Frame & { kind: 'plain' })[] {
    return this.#frames.filter((frame) => frame.kind === 'plain');
  }

  #read(token: string): void {
    const frame = this.#frame;
    this.#spell(token, frame);
    if (this.#isEscaped) this.#isEscaped = false;
    else if (frame.kind === 'plain') this.#inPlain(token, frame);
    else if (frame.kind === 'here') this.#inHere(token, frame);
    else if (frame.kind === 'comment') this.#inComment(token);
    else if (frame.kind === 'single') this.#endAt(token, "'");
    else if (token === '\\') this.#isEscaped = true;
    else if (frame.kind === 'ansi') this.#endAt(token, "'");
    else if (frame.kind === 'backtick') this.#endAt(token, '`');
    else if (frame.kind === 'arithmetic') this.#inArithmetic(token, frame);
    else this.#inExpanded(token, frame.kind === 'brace' ? '}' : '"');
  }

  /** What a character means for the command that it stands in. */
  #spell(token: string, frame: Frame): void {
    if (frame.kind === 'here' || frame.kind === 'comment') return;
    const plain = frame.kind === 'plain' ? frame : this.#plainFrames().at(-1)!;
    const { command } = plain;
    const isPart = frame.kind !== 'plain' || this.#isEscaped || !' \t\n;&|()<>#\\\'"'.includes(token);
    if (isPart && !(this.#isEscaped && token === '\n'))
      addToWord(command, frame.kind !== 'plain' && '\'"'.includes(token) ? '' : token);
    else if (this.#isEscaped) return;
    else if (token === '#' && !this.#isWordStart) addToWord(command, token);
    else if ('\'"'.includes(token)) addToWord(command, '');
    else if (' \t'.includes(token)) endWord(command);
    else if ('<>'.includes(token)) redirect(command, token + this.#tokens.slice(this.#at + 1, this.#at + 3).join(''));
    // `2>&1`, `<(…)`
    else if ('&('.includes(token) && command.next !== 'argument' && command.begun === null) return;
    else if ('|\n;&()'.includes(token)) {
      endWord(command);
      plain.command = newCommand(this.#commands);
      const isPipe = token === '|' && this.#tokens[this.#at - 1] !== '|' && this.#tokens[this.#at + 1] !== '|';
      if (isPipe) command.into = plain.command;
    }
  }

  #inPlain(token: string, { isClosed }: Frame & { kind: 'plain' }): void {
    if (token === '\\') this.#isEscaped = true;
    else if (token === '#' && this.#isWordStart) this.#push({ kind: 'comment' });
    else if (token === "'") this.#push({ kind: 'single' });
    else if (token === '"') this.#push({ kind: 'double' });
    else if (token === '$' && this.#take("'")) this.#push({ kind: 'ansi' });
    else if (token === '(') this.#open(this.#isWordStart);
    else if (token === ')' && isClosed) this.#close();
    else if (token === '<' && this.#take('<')) this.#beginHere();
    else if (token === '\n') this.#beginLine();
    else this.#inExpanded(token, '');
    // The patterns of a `case` have brackets that close nothing.
    if (this.#texts === 0 || !this.#isWordStart || token !== 'c') return;
    if (/^case\s$/.test(this.#tokens.slice(this.#at, this.#at + 5).join(''))) this.#isUnsure = true;
  }

  /** What is looked for in double quotes, `${…}` and here-documents, too. */
  #inExpanded(token: string, end: string): void {
    if (token === end) this.#pop();
    else if (token === '`') this.#push({ kind: 'backtick' });
    else if (token === '$' && this.#take('(')) this.#open(true);
    else if (token === '$' && this.#take('{')) this.#push({ kind: 'brace' });
    else if (token === '$' && this.#take('[')) this.#isUnsure = true;
    else if (end !== '}') return;
    else if (token === '"') this.#push({ kind: 'double' });
    else if (token === "'" && this.#texts === 0) this.#push({ kind: 'single' });
    // Shells do not agree on these.
    else if (token === "'") this.#isUnsure = true;
  }

  #inHere(token: string, { endWord, isQuoted, isIndented }: HereDocument): void {
    if (token === '\n') {
      const line = this.#tokens.slice(this.#lineStart, this.#at).map((each) => each ?? '\0');
      const text = line.join('');
      if ((isIndented ? text.replace(/^\t+/, '') : text) === endWord) this.#pop();
    } else if (isQuoted) return;
    else if (token === '\\') this.#isEscaped = true;
    else this.#inExpanded(token, '');
  }

  #inComment(token: string): void {
    if (token !== '\n') return;
    this.#pop();
    this.#beginLine();
  }

  #inArithmetic(token: string, frame: Frame & { kind: 'arithmetic' }): void {
    if (token === '(') frame.depth++;
    else if (token === ')' && --frame.depth === 0) this.#pop();
    // Two brackets may be a subshell in another one, whose quotes hold brackets that close nothing.
    else if (token === '"' || token === "'") this.#isUnsure = true;
    else this.#inExpanded(token, '');
  }

  #open(mayBeArithmetic: boolean): void {
    if (mayBeArithmetic && this.#take('(')) this.#push({ kind: 'arithmetic', depth: 2 });
    else this.#push({ kind: 'plain', isClosed: true, command: newCommand(this.#commands) });
  }

  #close(): void {
    this.#pop();
    // What stands behind `<(…)` is another word.
    const outer = this.#frame;
    if (outer.kind === 'plain' && outer.command.begun === null) outer.command.next = 'argument';
  }

  #endAt(token: string, end: string): void {
    if (token === end) this.#pop();
  }

  /** Behind `<<`: a here-string, or the end word of a here-document. */
  #beginHere(): void {
    if (this.#take('<')) return;
    const isIndented = this.#take('-');
    while (this.#take(' ') || this.#take('\t'));
    const rest = this.#tokens.slice(this.#at + 1, this.#at + 1 + longestEndWord).map((each) => each ?? '\0');
    const [word] = /^(?:'[^'\n]*'|"[^"\n]*"|\\[^\n]|[^\s;&|()<>'"\\])+/.exec(rest.join('')) ?? [''];
    // An end word that a value is a part of is none that anybody can find.
    this.#isUnsure ||= word === '' || word.length === longestEndWord || /[\0$`]/.test(word);
    if (this.#isUnsure) return;
    const endWord = word.replace(/'([^']*)'|"([^"]*)"|\\(.)/g, '$1$2$3');
    const { command } = this.#plainFrames().at(-1)!;
    command.next = 'argument';
    this.#begun.push({ kind: 'here', endWord, isQuoted: endWord !== word, isIndented, command });
    this.#at += word.length;
  }

  #beginLine(): void {
    for (const here of this.#begun.splice(0).toReversed()) this.#push(here);
  }

  #push(frame: Frame): void {
    if (isText(frame)) this.#texts++;
    this.#frames.push(frame);
  }

  #pop(): void {
    if (isText(this.#frames.pop()!)) this.#texts--;
  }

  /** Goes on by one character, if it is that one. */
  #take(character: string): boolean {
    if (this.#tokens[this.#at + 1] !== character) return false;
    this.#at++;
    return true;
  }
}

function isText({ kind }: Frame): boolean {
  return kind === 'double' || kind === 'here';
}

function problemIn(frame: Frame): keyof typeof problems | null {
  if (frame.kind === 'plain' || frame.kind === 'double' || frame.kind === 'comment') return null;
  if (frame.kind === 'here') return frame.isQuoted ? 'here' : null;
  return frame.kind;
}
