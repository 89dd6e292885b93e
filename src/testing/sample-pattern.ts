/** Characters that a text is made of first, the plainest before. */
export const letters =
  'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_-./:@ +,;#%&=!?()[]{}<>"\'\\|~^$*`\n\t';

/** Most repetitions of a part. */
const longest = 20_000;

/** How a text is to be made. */
interface Choice {
  /** How much oftener than it has to be something is repeated, where it may. */
  extra: number;
  /** Another number, another text, where there is a choice. */
  salt: number;
  /** Whether characters that are repeated are to differ. */
  isVaried?: boolean;
}

/** Steps through an alphabet so that letters of each kind come soon. */
const stride = 11;

type Writer = (groups: string[]) => string;

/**
 * A text for a regular expression. Looks ahead and behind are not followed, so whoever needs it to match tests that.
 *
 * @throws SyntaxError when it is none
 */
export function textFor(pattern: string, choice: Choice): string {
  return new PatternReader(new RegExp(pattern, 'u').source, choice).alternatives()([]);
}

class PatternReader {
  readonly #pattern: string;
  readonly #choice: Choice;
  #at = 0;
  #groupCount = 0;
  #written = 0;

  constructor(pattern: string, choice: Choice) {
    this.#pattern = pattern;
    this.#choice = choice;
  }

  alternatives(): Writer {
    const branches = [this.#sequence()];
    while (this.#take(/\|/y)) branches.push(this.#sequence());
    return branches[this.#choice.salt % branches.length]!;
  }

  #sequence(): Writer {
    const parts: Writer[] = [];
    while (this.#at < this.#pattern.length && !/[|)]/.test(this.#pattern[this.#at]!))
      parts.push(this.#repeated(this.#part()));
    return (groups) => parts.map((part) => part(groups)).join('');
  }

  #repeated(part: Writer): Writer {
    const found = this.#take(/(?:\{(\d+)(?:(,)(\d*))?\}|[*+?])\??/y);
    if (!found) return part;
    const [whole, least, isOpen, most] = found;
    const from = whole.startsWith('+') ? 1 : Number(least ?? 0);
    const isFixed = least !== undefined && isOpen === undefined;
    const to = whole.startsWith('?') ? 1 : isFixed ? from : Number(most || Infinity);
    const times = Math.min(from + this.#choice.extra, to, longest);
    return (groups) => Array.from({ length: times }, () => part(groups)).join('');
  }

  #part(): Writer {
    const opening = this.#take(/\((?:\?(?:<?[=!]|<[^>]*>|[a-z-]*:))?/y);
    if (opening) return this.#group(opening[0]);
    if (this.#take(/\^|\$|\\[bB]/y)) return () => '';
    const reference = this.#take(/\\(?:([1-9]\d*)|k<[^>]*>)/y);
    if (reference) return (groups) => groups[Number(reference[1] ?? groups.length - 1)] ?? '';
    const atom = /\[(?:\\.|[^\]\\])*\]|\\(?:[pPu]\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c.|.)|./suy;
    const [source] = this.#take(atom)!;
    if (source.length === 1 && source !== '.') return () => source;
    const known = charactersOf(source);
    const { salt, isVaried } = this.#choice;
    return () => known[(salt + (isVaried ? stride * this.#written++ : 0)) % known.length] ?? '';
  }

  #group(opening: string): Writer {
    const number = /^\($|^\(\?<[^=!]/.test(opening) ? ++this.#groupCount : null;
    const inner = this.alternatives();
    this.#take(/\)/y);
    if (/[=!]$/.test(opening)) return () => '';
    return (groups) => {
      const text = inner(groups);
      if (number !== null) groups[number] = text;
      return text;
    };
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#pattern);
    if (found) this.#at += found[0].length;
    return found;
  }
}

/** Characters that an atom of a regular expression takes, at least one if there is any. */
function charactersOf(source: string): string[] {
  const test = new RegExp(`^${source}$`, 'u');
  const known = letters.split('').filter((letter) => test.test(letter));
  for (let code = 0; known.length === 0 && code <= 0x10ffff; code++) {
    if (code === 0xd800) code = 0xe000;
    if (test.test(String.fromCodePoint(code))) known.push(String.fromCodePoint(code));
  }
  return known;
}
