import type { YAMLError } from 'yaml';

/** What is wrong with a text and, where one is known, the way out: in our words, as the reader's are about grammar. */
interface Words {
  message: string;
  hint: string | null;
}

type Rule = readonly [found: RegExp, message: string, hint?: string];

const quotes = 'put the whole text in quotes, or write it as a block with |';
const rules: Partial<Record<YAMLError['code'], readonly Rule[]>> = {
  BAD_DQ_ESCAPE: [[/sequence (\S{1,12})/, '$1 means nothing in double quotes', 'write \\\\ for a backslash']],
  BAD_INDENT: [
    [/sequence items/, 'entries of one list must begin in the same column'],
    [
      /end with (?:a )?([\]}])/,
      'a bracket is opened and not closed before here, or what it holds is not indented',
      'close it with $1, and indent every line up to there',
    ],
    [/./, 'the indentation of this line fits to none above it'],
  ],
  BAD_SCALAR_START: [[/with (.+)/, 'text cannot begin with $1', quotes]],
  BLOCK_AS_IMPLICIT_KEY: [
    [/Nested mappings/, 'a second "key: value" stands in one line', quotes],
    [/./, 'a list begins where a key is expected', 'begin it on a line of its own'],
  ],
  BLOCK_IN_FLOW: [[/./, 'between brackets there is no list with "- " and no block', 'write it with [ ] and { }']],
  KEY_OVER_1024_CHARS: [[/./, 'a key has at most 1,024 characters']],
  MISSING_CHAR: [
    [/closing (["'])quote/, 'text in quotes is not closed', 'close it with $1'],
    [/followed by map values/, 'a key must be followed by ":" and a space'],
    [/Missing , /, 'a comma is missing between entries in brackets'],
    [/Missing space after :/, 'a space is missing behind ":"'],
    [/Comments must/, 'a comment needs a space before its "#"'],
    [/Sequence item without -/, 'an entry of a list begins with "- "'],
    [/end with (?:a )?([\]}])/, 'a bracket is opened and not closed before here', 'close it with $1'],
    [/separated by white ?space/, 'a space is missing here'],
  ],
  MULTILINE_IMPLICIT_KEY: [[/./, 'a key must stand on one line, with ":" behind it', quotes]],
  NON_STRING_KEY: [[/./, 'a key must be plain text', 'put text that begins with { or [ in quotes']],
  TAB_AS_INDENT: [[/./, 'lines are indented with tabs', 'indent with spaces']],
  UNEXPECTED_TOKEN: [
    [/Block scalar header/, 'behind | or > nothing may stand on its line'],
    [/Unexpected (, )?/, 'something stands here that does not belong', 'look for a quote, bracket or comma before it'],
  ],
};

/** What a syntax error of the YAML reader means. */
export function wordsFor({ code, message }: Pick<YAMLError, 'code' | 'message'>): Words {
  const line = message.split('\n', 1)[0]!;
  for (const [found, ours, hint = null] of rules[code] ?? []) {
    const match = found.exec(line);
    if (match) return { message: filled(ours, match), hint: hint === null ? null : filled(hint, match) };
  }
  return { message: 'this is no YAML that can be read', hint: null };
}

function filled(text: string, match: RegExpExecArray): string {
  return text.replaceAll('$1', () => match[1] ?? '');
}
