import type { JsonValue } from '../domain/json.ts';
import { quoted } from './diagnostic.ts';
import { nearestHint } from './nearest.ts';

/** Something wrong with the `nth` (from 0) occurrence of `${{` in a text. */
export interface ExpressionProblem {
  nth: number;
  code: 'syntax' | 'not-supported-yet' | 'unknown-input';
  message: string;
  hint: string | null;
}

const opening = '${{';
const mostProblems = 10;
const inputPattern = /^inputs\.([A-Za-z_][A-Za-z0-9_-]*)$/;

/** A text taken apart: literal pieces, and names of inputs between them. */
export interface Template {
  pieces: (string | { input: string })[];
  problems: ExpressionProblem[];
}

/**
 * Finds `${{ inputs.NAME }}` in a text; `$${{` stands for a literal `${{`.
 *
 * An input whose name has hyphens is also found by the name with `_`. Values are never looked at, so nothing in them is an expression.
 */
export function parseTemplate(text: string, inputNames: readonly string[]): Template {
  const pieces: Template['pieces'] = [];
  const problems: ExpressionProblem[] = [];
  let from = 0;
  for (let at = text.indexOf(opening); at !== -1 && problems.length < mostProblems; at = text.indexOf(opening, from)) {
    if (text[at - 1] === '$') {
      pieces.push(text.slice(from, at - 1), opening);
      from = at + opening.length;
      continue;
    }
    pieces.push(text.slice(from, at));
    const end = text.indexOf('}}', at);
    const problem = (code: ExpressionProblem['code'], message: string, hint: string | null) =>
      problems.push({ nth: text.slice(0, at).split(opening).length - 1, code, message, hint });
    if (end === -1) {
      problem(
        'syntax',
        'an expression begins here and is not closed',
        'close it with }}, or write $${{ for the characters themselves',
      );
      return { pieces, problems };
    }
    from = end + 2;
    const inner = text.slice(at + opening.length, end).trim();
    const name = inputPattern.exec(inner)?.[1];
    const known = name === undefined ? undefined : findInput(name, inputNames);
    if (known !== undefined) pieces.push({ input: known });
    else if (name !== undefined) problem('unknown-input', `unknown input ${quoted(name)}`, hintFor(name, inputNames));
    else
      problem(
        'not-supported-yet',
        `not supported yet: the expression ${quoted(inner)}`,
        'this version replaces ${{ inputs.NAME }} only',
      );
  }
  pieces.push(text.slice(from));
  return { pieces, problems };
}

/** The text with values filled in; null (an optional input that was not given) leaves nothing. */
export function fillTemplate(template: Template, values: Readonly<Record<string, JsonValue>>): string {
  return template.pieces.map((piece) => textOf(piece, values)).join('');
}

/** Length of the text that {@link fillTemplate} would make, without making it. */
export function filledLength(template: Template, values: Readonly<Record<string, JsonValue>>): number {
  return template.pieces.reduce((sum, piece) => sum + textOf(piece, values).length, 0);
}

function textOf(piece: Template['pieces'][number], values: Readonly<Record<string, JsonValue>>): string {
  if (typeof piece === 'string') return piece;
  const value = Object.hasOwn(values, piece.input) ? (values[piece.input] ?? null) : null;
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}

function findInput(name: string, inputNames: readonly string[]): string | undefined {
  return inputNames.find((known) => known === name) ?? inputNames.find((known) => known.replaceAll('-', '_') === name);
}

function hintFor(name: string, inputNames: readonly string[]): string {
  return nearestHint(name, inputNames) ?? `declare it under "inputs": inputs: { ${name}: { type: string } }`;
}
