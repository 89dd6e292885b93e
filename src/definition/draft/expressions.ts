import { quoted } from '../source/diagnostic.ts';

/** One expression of a text: its source, and where it stands. */
export interface TextExpression {
  expression: string;
  place: ExpressionPlace;
}

/** Where an expression stands: behind the `nth` (from 0) `${{` of the text; null: the text is the expression. `before`: text between that and the source. */
interface ExpressionPlace {
  nth: number | null;
  before: string;
}

/** Something wrong with an occurrence of `${{` in a text. */
export interface TextProblem {
  place: ExpressionPlace;
  code: 'syntax';
  message: string;
  hint: string | null;
}

/** A text taken apart: literal pieces, and expressions between them. */
export interface TextParts {
  pieces: (string | TextExpression)[];
  problems: TextProblem[];
}

const opening = '${{';
const closing = '}}';
const mostExpressions = 200;
/** How far the end of one expression is looked for. */
const reach = 5000;

/** Finds every `${{ expression }}` in a text; `$${{` stands for a literal `${{`. Values are never looked at, so nothing in them is an expression. */
export function splitText(text: string): TextParts {
  const parts: TextParts = { pieces: [], problems: [] };
  let from = 0;
  let count = 0;
  for (let at = text.indexOf(opening), nth = 0; at !== -1; at = text.indexOf(opening, from), nth++) {
    if (text[at - 1] === '$') {
      parts.pieces.push(text.slice(from, at - 1), opening);
      from = at + opening.length;
      continue;
    }
    parts.pieces.push(text.slice(from, at));
    const inner = at + opening.length;
    const end = endOf(text, inner);
    const problem = (message: string, hint: string): void => {
      parts.problems.push({ place: { nth, before: '' }, code: 'syntax', message, hint });
    };
    if (end === -1) {
      problem(
        'an expression begins here and is not closed',
        'close it with }}, or write $${{ for the characters themselves',
      );
      return parts;
    }
    if (++count > mostExpressions) {
      problem(`more than ${mostExpressions} expressions in one text`, 'use fewer');
      return parts;
    }
    const source = text.slice(inner, end);
    const before = /^\s*/.exec(source)![0];
    parts.pieces.push({ expression: source.trim(), place: { nth, before } });
    // Places are found by counting in the file, so one inside of an expression counts too.
    nth += source.split(opening).length - 1;
    from = end + closing.length;
  }
  parts.pieces.push(text.slice(from));
  return parts;
}

/** The one expression of a text that is nothing else, with or without `${{ }}` around it. */
export function wholeExpression(text: string): TextExpression | TextProblem {
  if (!text.includes(opening)) {
    return { expression: text.trim(), place: { nth: null, before: /^\s*/.exec(text)![0] } };
  }
  const { pieces, problems } = splitText(text);
  const expressions = pieces.filter((piece) => typeof piece !== 'string');
  const isAlone = pieces.every((piece) => typeof piece !== 'string' || piece.trim() === '');
  if (problems.length > 0) return problems[0]!;
  if (expressions.length === 1 && isAlone) return expressions[0]!;
  const message = `${quoted(text.trim())} must be one expression and nothing else`;
  const isList = text.trimStart().startsWith('[');
  const hint = isList
    ? 'write the whole list as one: ${{ ["a", inputs.b] }}'
    : 'write all of it as one: ${{ a && b }}, or ${{ "text " + c }}';
  return { place: { nth: 0, before: '' }, code: 'syntax', message, hint };
}

/** Where the expression ends: the first `}}` outside of quotes and braces, else the first at all. */
function endOf(text: string, from: number): number {
  let depth = 0;
  let quote = '';
  for (let at = from; at < Math.min(text.length, from + reach); at++) {
    const character = text[at]!;
    if (quote !== '') {
      if (character === '\\') at++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '{') depth++;
    else if (character === '}' && depth > 0) depth--;
    else if (character === '}' && text[at + 1] === '}') return at;
  }
  return text.indexOf(closing, from);
}
