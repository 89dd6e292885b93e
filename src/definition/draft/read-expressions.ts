import type { ExpressionReference, ParsedExpression } from '../../domain/expressions/expression.ts';
import { byShortName, maxExpressionLength, parseExpression, toShortName } from '../../domain/expressions/expression.ts';
import type { Work } from '../../domain/expressions/expression.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { ExpressionSite } from './expression-sites.ts';
import type { TextExpression } from './expressions.ts';
import { bareBraces } from './bare-braces.ts';
import { splitText, wholeExpression } from './expressions.ts';
import { nearestHint } from '../../domain/nearest.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** Longest source that one expression of a file may have: conditions of a phase and a task are joined later. */
const longestSource = Math.floor(maxExpressionLength / 2) - 10;

/** An expression that was read, and what it is about. */
export interface ReadExpression {
  site: ExpressionSite;
  text: TextExpression;
  parsed: ParsedExpression;
}

/** A site taken apart; expressions with a problem are empty texts. */
export interface ReadSite {
  pieces: (string | ReadExpression)[];
  diagnostics: Diagnostic[];
}

/** Names that expressions may use. */
export interface KnownNames {
  inputs: NameIndex;
  tasks: NameIndex;
}

/** Names, each also found by its short form. */
export interface NameIndex {
  names: readonly string[];
  find(word: string): string | undefined;
  /** All names that are written so with `_`: of more than one nobody knows which is meant. */
  writtenAs(word: string): readonly string[];
  /** What was probably meant; only for the first words that are not known, as comparing takes time. */
  hintFor(word: string): string | null;
}

/** How many names are compared in all with words that are not known. */
const mostCompared = 2000;

/** Names that a word of an expression may mean: exactly, or with `_` where the name has hyphens or dots. */
export function nameIndex(names: readonly string[]): NameIndex {
  const words = new Map<string, string>();
  for (const name of names.toReversed()) words.set(toShortName(name), name);
  for (const name of names) words.set(name, name);
  const written = byShortName(names);
  let compared = 0;
  return {
    names,
    find: (word) => words.get(word),
    writtenAs: (word) => written.get(word) ?? [],
    hintFor: (word) => {
      const isEnough = compared > mostCompared;
      compared += names.length;
      return isEnough ? null : nearestHint(word, names);
    },
  };
}

/** Reads the expressions of a site, and says what cannot be read or has no value there. */
export function readSite(document: SourceDocument, site: ExpressionSite, names: KnownNames, work: Work): ReadSite {
  const whole = site.kind === 'expression' ? wholeExpression(site.value) : null;
  const parts = whole === null ? splitText(site.value) : null;
  const diagnostics: Diagnostic[] = [];
  for (const problem of parts?.problems ?? (whole && 'code' in whole ? [whole] : [])) {
    const { code, message, hint, place } = problem;
    const inside = { needle: '${{', nth: place.nth ?? 0 };
    diagnostics.push(document.diagnostic(site.path, { code, message, hint, inside }));
  }
  const texts = parts?.pieces ?? (whole && 'expression' in whole ? [whole] : []);
  // A condition may be written without any marks, or with all of them.
  const isBare = whole !== null && /^\s*\{\{.*\}\}\s*$/s.test(site.value);
  const bare = bareBraces(document, site, { pieces: isBare ? [site.value] : (parts?.pieces ?? []), names });
  diagnostics.push(...bare);
  if (isBare && bare.length > 0) return { pieces: [''], diagnostics: asErrors(diagnostics) };
  const pieces = texts.map((text) => {
    if (typeof text === 'string') return text;
    const expression = withShortNames(text.expression, names);
    const read = { site, text: { ...text, expression }, parsed: parseBounded(expression, work) };
    const found = problemsOf(document, read, names);
    diagnostics.push(...found);
    return found.length > 0 ? '' : read;
  });
  return { pieces, diagnostics };
}

function asErrors(diagnostics: Diagnostic[]): Diagnostic[] {
  return diagnostics.map((each) => ({ ...each, severity: 'error' }));
}

const dottedName = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?<![\w.])(inputs|tasks)\.([A-Za-z0-9_.-]+)/g;

/** Names with hyphens and dots may be written as they are: `tasks.build-all.output`. They become short names of the same length, so places stay right. */
export function withShortNames(source: string, names: KnownNames): string {
  return source.replaceAll(dottedName, (whole, root: 'inputs' | 'tasks' | undefined, path: string) => {
    if (root === undefined) return whole;
    for (
      let name = path;
      /[-.]/.test(name);
      name = name.slice(0, Math.max(name.lastIndexOf('-'), name.lastIndexOf('.')))
    ) {
      const short = toShortName(name);
      const isOne = names[root].find(short) === name || names[root].writtenAs(short).length > 1;
      if (names[root].find(name) !== name || !isOne) continue;
      return `${root}.${short}${path.slice(name.length)}`;
    }
    return whole;
  });
}

function parseBounded(source: string, work: Work): ParsedExpression {
  if (source.length <= longestSource) return parseExpression(source, work);
  const problem = { message: `an expression has at most ${longestSource} characters`, offset: 0 };
  return { problem, references: [], constant: undefined };
}

function problemsOf(document: SourceDocument, read: ReadExpression, names: KnownNames): Diagnostic[] {
  const { problem, references } = read.parsed;
  if (problem) {
    const { unknown, offset } = problem;
    const isUnknown = unknown !== undefined;
    const hint = isUnknown ? nearestHint(unknown.word, unknown.known) : null;
    const code = isUnknown ? 'unknown-function' : 'bad-expression';
    const shown = quoted(read.text.expression);
    return [diagnosticIn(document, read, { offset, code, message: `${problem.message} in ${shown}`, hint })];
  }
  return references.flatMap((reference) => nameProblem(document, read, reference, names) ?? []);
}

function nameProblem(
  document: SourceDocument,
  read: ReadExpression,
  reference: ExpressionReference,
  names: KnownNames,
): Diagnostic | null {
  const { root, member, offset, rootOffset } = reference;
  const { roots } = read.site;
  if (!roots.includes(root)) {
    const isItem = root === 'item';
    const message = isItem
      ? '"item" has no value here: it is there in prompts, approvals and compensations of a task with for_each'
      : `unknown name ${quoted(root)}`;
    const hint = isItem ? null : (memberHint(root, names) ?? nearestHint(root, roots));
    return diagnosticIn(document, read, { offset: rootOffset, code: 'unknown-name', message, hint });
  }
  if (member === null || (root !== 'inputs' && root !== 'tasks')) return null;
  const known = names[root];
  const what = root === 'inputs' ? 'input' : 'task';
  const meant = known.writtenAs(member);
  if (meant.length > 1) return diagnosticIn(document, read, { offset, ...ambiguous(`${what}s`, reference, meant) });
  if (known.find(member) !== undefined) return null;
  const hint =
    known.hintFor(member) ??
    (root === 'inputs' ? `declare it under "inputs": inputs: { ${member}: { type: string } }` : null);
  return diagnosticIn(document, read, {
    offset,
    code: `unknown-${what}`,
    message: `unknown ${what} ${quoted(member)}`,
    hint,
  });
}

const mostNamed = 5;

function ambiguous(
  what: string,
  { root, member }: ExpressionReference,
  names: readonly string[],
): { code: string; message: string; hint: string } {
  const shown = names.slice(0, mostNamed).map((name) => quoted(name));
  const message = `in expressions the ${what} ${shown.join(', ')} are one name, ${quoted(member!)}`;
  const exact = names.find((name) => name !== member)!;
  return { code: 'ambiguous-name', message, hint: `write ${root}["${exact}"], or call one of them otherwise` };
}

/** A task or an input by its bare name. */
function memberHint(word: string, { inputs, tasks }: KnownNames): string | null {
  if (tasks.find(word) !== undefined) return `what came out of that task is tasks.${word}.output`;
  return inputs.find(word) === undefined ? null : `the value of that input is inputs.${word}`;
}

/** A diagnostic at a character of an expression's source. */
export function diagnosticIn(
  document: SourceDocument,
  { site, text }: Pick<ReadExpression, 'site' | 'text'>,
  what: { offset: number; code: string; message: string; hint?: string | null; severity?: Diagnostic['severity'] },
): Diagnostic {
  const { offset, ...rest } = what;
  const { nth, before } = text.place;
  const past = before + text.expression.slice(0, offset);
  const inside = { needle: nth === null ? null : '${{', nth: nth ?? 0, past };
  return document.diagnostic(site.path, { ...rest, inside });
}
