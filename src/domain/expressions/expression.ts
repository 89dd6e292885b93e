import type { ASTNode } from '@marcbachmann/cel-js';
import { Environment, ParseError } from '@marcbachmann/cel-js';
import { Evaluator, macros } from './evaluator.ts';
import { functions, methods } from './functions.ts';
import type { ValueMap } from './values.ts';
import { toJson } from './values.ts';
import { ExpressionError, maxTextLength, Work } from './work.ts';
import type { JsonValue } from '../json.ts';
import type { Template } from '../plan/plan.ts';

export { byShortName, toShortName } from './evaluator.ts';
export { ExpressionError, Work } from './work.ts';

// CEL: the library reads it, we evaluate it (docs/decisions/0008-cel.md). Never part of the workflow bundle.

/** Longest source of one expression, in characters. */
export const maxExpressionLength = 10_000;

/** A name that an expression takes from its scope: `tasks`, and with `tasks.plan` or `tasks["plan"]` also the member. */
export interface ExpressionReference {
  root: string;
  member: string | null;
  /** Where the root stands in the source. */
  rootOffset: number;
  /** Where the member stands, or, without one, the root. */
  offset: number;
}

/** What can be said of an expression without a scope. */
export interface ParsedExpression {
  /** Null: it can be read, and every function is known. */
  problem: {
    message: string;
    offset: number;
    /** The word that is not known, and those that are. */ unknown?: { word: string; known: string[] };
  } | null;
  references: ExpressionReference[];
  /** Its value when it takes nothing from the scope; undefined when it does. */
  constant: JsonValue | undefined;
}

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 1000, maxDepth: 50, maxListElements: 200, maxMapEntries: 200, maxCallArguments: 16 },
});

/** Reads an expression and says what it names. Never throws. `work`: what constants may take, shared by several calls. */
export function parseExpression(source: string, work = new Work()): ParsedExpression {
  const references: ExpressionReference[] = [];
  try {
    const tree = read(source);
    collect(tree, [], references);
    const constant = references.length > 0 ? undefined : evaluateTree(tree, {}, work);
    return { problem: null, references, constant };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { message, offset } = error;
    const unknown = error instanceof UnknownFunctionError ? { unknown: { word: error.word, known: error.known } } : {};
    return { problem: { message, offset, ...unknown }, references, constant: undefined };
  }
}

/**
 * The value of an expression over a scope (`inputs`, `tasks`, `item`, …). Pure: the same source and scope always give the same value.
 *
 * Whole numbers are ints. What is not there in `tasks` is null; null has no members, is empty and is not true.
 *
 * `work`: what it may take, shared by several calls.
 *
 * @throws ExpressionError when it cannot be read, has no value, takes too much work or its value is too large
 */
export function evaluateExpression(
  source: string,
  scope: Readonly<Record<string, JsonValue>>,
  work = new Work(),
): JsonValue {
  const tree = read(source);
  // The evaluator relies on what this refuses.
  collect(tree, [], []);
  return evaluateTree(tree, scope, work);
}

/**
 * The text of a template over a scope: texts as they are, nothing for null, else JSON.
 *
 * @throws ExpressionError as {@link evaluateExpression}, and when the text would be longer than 4 M characters
 */
export function renderTemplate(template: Template, scope: Readonly<Record<string, JsonValue>>): string {
  let length = 0;
  const pieces = template.map((piece) => {
    const text = typeof piece === 'string' ? piece : toPromptText(evaluateExpression(piece.expression, scope));
    length += text.length;
    if (length > maxTextLength) throw new ExpressionError(`the text is longer than ${maxTextLength} characters`, 0);
    return text;
  });
  return pieces.join('');
}

/** How a value stands in a text. */
export function toPromptText(value: JsonValue): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}

class UnknownFunctionError extends ExpressionError {
  readonly word: string;
  readonly known: string[];

  constructor(word: string, known: string[], offset: number) {
    super(`there is no function ${word}()`, offset);
    this.word = word;
    this.known = known;
  }
}

function read(source: string): ASTNode {
  if (source.length > maxExpressionLength) {
    throw new ExpressionError(`an expression has at most ${maxExpressionLength} characters`, 0);
  }
  if (source.trim() === '') throw new ExpressionError('the expression is empty', 0);
  try {
    return environment.parse(source).ast;
  } catch (error) {
    if (!(error instanceof ParseError)) throw new ExpressionError('the expression cannot be read', 0);
    const message = limitText(error.summary) ?? error.summary.charAt(0).toLowerCase() + error.summary.slice(1);
    throw new ExpressionError(message.replace('EOF', 'the end'), Math.min(error.range?.start ?? 0, source.length));
  }
}

const limitTexts: Readonly<Record<string, (most: string) => string>> = {
  maxListElements: (most) =>
    `a list that is written out has at most ${most} items: longer ones come from a task or an input`,
  maxMapEntries: (most) =>
    `an object that is written out has at most ${most} entries: larger ones come from a task or an input`,
  maxAstNodes: (most) => `the expression is too long: it may have ${most} parts`,
  maxDepth: (most) => `the expression is nested deeper than ${most} levels`,
  maxCallArguments: (most) => `a function takes at most ${most} arguments`,
};

function limitText(summary: string): string | undefined {
  const [, name, most] = /^Exceeded (\w+) \((\d+)\)/.exec(summary) ?? [];
  return name === undefined || most === undefined ? undefined : limitTexts[name]?.(most);
}

function evaluateTree(tree: ASTNode, scope: Readonly<Record<string, JsonValue>>, work: Work): JsonValue {
  return toJson(new Evaluator(scope as ValueMap, work).evaluate(tree, null), work, tree.start);
}

/** Finds what the tree names, and refuses what the evaluator does not know. `bound`: variables of macros around it. */
function collect(node: ASTNode, bound: readonly string[], into: ExpressionReference[]): void {
  switch (node.op) {
    case 'value':
      if (typeof node.args === 'object' && node.args !== null) {
        throw new ExpressionError('bytes and unsigned numbers are not known here', node.start);
      }
      return;
    case 'id':
      if (!bound.includes(node.args))
        into.push({ root: node.args, member: null, rootOffset: node.start, offset: node.start });
      return;
    case '.':
    case '[]': {
      const [from, member] = node.args;
      const name = typeof member === 'string' ? member : member.op === 'value' ? member.args : null;
      if (from.op === 'id' && typeof name === 'string' && !bound.includes(from.args)) {
        const offset = typeof member === 'string' ? node.end - name.length : member.start;
        into.push({ root: from.args, member: name, rootOffset: from.start, offset });
        return;
      }
      collect(from, bound, into);
      if (typeof member !== 'string') collect(member, bound, into);
      return;
    }
    case 'call':
    case 'rcall':
      collectCall(node, bound, into);
      return;
    default:
      for (const child of childrenOf(node)) collect(child, bound, into);
  }
}

function collectCall(
  node: ASTNode & { op: 'call' | 'rcall' },
  bound: readonly string[],
  into: ExpressionReference[],
): void {
  const [name] = node.args;
  const args = node.op === 'call' ? node.args[1] : [node.args[1], ...node.args[2]];
  const isMacro = node.op === 'rcall' && macros.has(name);
  const offset = node.op === 'call' ? node.start : node.args[1].end;
  if (node.op === 'call' && name === 'has') {
    if (args.length !== 1 || args[0]?.op !== '.') {
      throw new ExpressionError('has() needs a member, as in has(tasks.a.output.x)', node.start);
    }
  } else {
    const known = node.op === 'call' ? functions : methods;
    const arity = isMacro ? macros.get(name)!.map((count) => count + 1) : known.get(name)?.arity;
    if (!arity) {
      const names = node.op === 'call' ? [...known.keys(), 'has'] : [...known.keys(), ...macros.keys()];
      throw new UnknownFunctionError(name, names, offset);
    }
    if (!arity.includes(args.length)) throw new ExpressionError(`${name}() does not take that many arguments`, offset);
  }
  if (!isMacro) {
    for (const argument of args) collect(argument, bound, into);
    return;
  }
  const [over, variable, ...steps] = args as [ASTNode, ASTNode, ...ASTNode[]];
  collect(over, bound, into);
  if (variable.op !== 'id') throw new ExpressionError(`${name}() needs the name of a variable first`, variable.start);
  for (const step of steps) collect(step, [...bound, variable.args], into);
}

function childrenOf(node: ASTNode): ASTNode[] {
  if (node.op === '.?' || node.op === '[?]') throw new ExpressionError('optional access is not known here', node.start);
  if (node.op === 'map') return node.args.flat();
  return (Array.isArray(node.args) ? node.args : [node.args]) as ASTNode[];
}
