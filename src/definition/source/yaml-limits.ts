import type { CST } from 'yaml';
import { Lexer, Parser } from 'yaml';
import { DefinitionError, quoted } from './diagnostic.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { SourceText } from './source-text.ts';

// Rules of this file:
// I1  Nothing recursive ever sees a document deeper than `maxDepth`: nested brackets kill the whole process otherwise, uncatchably.
// I2  Work is at most linear in the size of the text, and the number of nodes is bounded before anything is built from them.
// I3  What makes YAML more than data (anchors, aliases, tags, directives) is refused here, by token, so that nobody later has to think of it.

/** Deepest nesting of a definition. */
export const maxDepth = 64;

const escapes = /\\(?:x.{0,2}|u.{0,4}|U.{0,8}|\r\n|.|$)/gs;
const goodEscape =
  /^\\(?:[0abtnvfre "/\\NLP_\t\n]|\r\n|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U00(?:0[\da-fA-F]|10)[\da-fA-F]{4})$/;
/** Marks and tokens for each value or key: more, and there is nothing but marks. */
const marksEach = 2;
const tokensEach = 6;
const maxRefused = 20;

/** Which text is expected: YAML, or JSON (read as the YAML that it is, with everything refused that JSON does not have but comments and trailing commas). */
export type Dialect = 'yaml' | 'json';

/**
 * Tokens of a text that is safe to build a document from.
 *
 * @throws DefinitionError at the first limit, or with all refused tokens
 */
export function safeTokens(source: SourceText, dialect: Dialect): CST.Token[] {
  const parser = new Parser();
  const counter = new TokenCounter(source, dialect);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(source.text)) {
    counter.see(lexeme);
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (isTooDeep(parser.stack)) counter.stop('too-deep', `nested deeper than ${maxDepth} levels`);
  }
  for (const token of parser.end()) tokens.push(token);
  if (counter.refused.length > 0) throw new DefinitionError(counter.refused);
  return tokens;
}

/** The parser's stack holds the document, its open collections, and at times a scalar. */
function isTooDeep(stack: CST.Token[]): boolean {
  if (stack.length <= maxDepth) return false;
  return stack.filter(({ type }) => /^(?:block-(?:map|seq)|flow-collection)$/.test(type)).length > maxDepth;
}

/** Counts lexemes before the parser gets them, and refuses those that are no data. */
class TokenCounter {
  readonly refused: Diagnostic[] = [];
  readonly #source: SourceText;
  readonly #dialect: Dialect;
  /** Where the current lexeme begins, and where the next one will. */
  #offset = 0;
  #next = 0;
  #atScalar = false;
  #tokens = 0;
  #nodes = 0;
  #marks = 0;

  constructor(source: SourceText, dialect: Dialect) {
    this.#source = source;
    this.#dialect = dialect;
  }

  see(lexeme: string): void {
    const { nodes, nodesHint } = this.#source;
    if (++this.#tokens > tokensEach * nodes) this.stop('too-many-nodes', 'too many tokens for a definition', nodesHint);
    const isScalar = this.#atScalar;
    this.#atScalar = lexeme === '\x1f';
    // Markers of the lexer itself, without any width; the text holds no control characters.
    if (lexeme === '\x1f' || lexeme === '\x02' || lexeme === '\x18') return;
    this.#offset = this.#next;
    this.#next += lexeme.length;
    if (isScalar) this.#seeScalar(lexeme);
    else this.#seeMark(lexeme);
    if (this.#nodes > nodes || this.#marks > marksEach * nodes) {
      this.stop('too-many-nodes', `more than ${nodes} values and keys`, nodesHint);
    }
  }

  stop(code: string, message: string, hint: string | null = null): never {
    throw new DefinitionError([this.#source.diagnostic(this.#offset, { code, message, hint })]);
  }

  #seeScalar(lexeme: string): void {
    this.#nodes++;
    if (this.#dialect === 'json' && !/^(?:".*"|true|false|null|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)$/s.test(lexeme)) {
      this.#refuse(
        'json-syntax',
        'not JSON: a value is text in double quotes, a number, true, false, null, [list] or {object}',
      );
    }
  }

  #seeMark(lexeme: string): void {
    const first = lexeme[0]!;
    if (' \t\r\n#\ufeff'.includes(first)) return;
    this.#marks++;
    if (first === '"') this.#checkEscapes(lexeme);
    if ('[{"\''.includes(first)) this.#nodes++;
    if (first === '&')
      this.#refuse('anchor', `anchors (${lexeme.slice(0, 40)}) are not allowed`, 'write the value out');
    else if (first === '*')
      this.#refuse(
        'alias',
        `aliases (${lexeme.slice(0, 40)}) are not allowed`,
        'write the value out, or quote the text',
      );
    else if (first === '!')
      this.#refuse('tag', `tags (${lexeme.slice(0, 40)}) are not allowed`, 'leave it out, or quote the text');
    else if (first === '%') this.#refuse('directive', 'YAML directives are not allowed', 'leave the line out');
    else if (this.#dialect === 'json' && !'[{"},]:'.includes(first))
      this.#refuse('json-syntax', 'not JSON: unexpected token');
  }

  /** Each of a quarter million wrong escapes would become an error object, with its stack, later on (I2). */
  #checkEscapes(lexeme: string): void {
    for (const { index, 0: sequence } of lexeme.matchAll(escapes)) {
      if (this.refused.length >= maxRefused) return;
      if (goodEscape.test(sequence)) continue;
      const hint = 'write \\\\ for a backslash, or put the text in single quotes';
      this.#refuse('syntax', `${quoted(sequence)} is no escape sequence`, hint, index);
    }
  }

  #refuse(code: string, message: string, hint: string | null = null, within = 0): void {
    if (this.refused.length < maxRefused)
      this.refused.push(this.#source.diagnostic(this.#offset + within, { code, message, hint }));
  }
}
