import type { Expression, Node, ObjectExpression, Program } from 'acorn';
import type { ScriptMeta, ScriptProblem } from '../script-host.ts';
import { problemAt } from './problem.ts';

const wanted = "a script begins with export const meta = { name: '…', description: '…' }";

/** What a script says of itself in its first statement, which is a literal. */
export function metaOf(program: Program): { meta: ScriptMeta | null; problems: ScriptProblem[] } {
  try {
    const { literal, node } = literalOf(program);
    for (const key of ['name', 'description']) {
      const value = literal[key];
      if (value === undefined) throw new NoMeta(`meta has no ${key}`, node);
      if (typeof value !== 'string' || value.trim() === '')
        throw new NoMeta(`meta.${key} must be a text that is not empty`, node);
    }
    return { meta: toMeta(literal), problems: [] };
  } catch (error) {
    if (!(error instanceof NoMeta)) throw error;
    return { meta: null, problems: [problemAt('meta', error.message, error.node)] };
  }
}

class NoMeta extends Error {
  override readonly name = 'NoMeta';
  readonly node: Node | null;
  constructor(message: string, node: Node | null) {
    super(message);
    this.node = node;
  }
}

function literalOf({ body: [first] }: Program): { literal: Record<string, unknown>; node: ObjectExpression } {
  const declared = first?.type === 'ExportNamedDeclaration' ? first.declaration : null;
  const isConst = declared?.type === 'VariableDeclaration' && declared.kind === 'const';
  const one = isConst && declared.declarations.length === 1 ? declared.declarations[0] : undefined;
  if (one === undefined || one.id.type !== 'Identifier' || one.id.name !== 'meta')
    throw new NoMeta(wanted, first ?? null);
  if (one.init?.type !== 'ObjectExpression') throw new NoMeta('meta must be a literal object', one.init ?? one);
  return { literal: valueOf(one.init) as Record<string, unknown>, node: one.init };
}

/** Value of code that computes nothing. */
function valueOf(node: Expression): unknown {
  if (node.type === 'Literal' && node.regex === undefined && node.bigint === undefined) return node.value;
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? '';
  if (node.type === 'UnaryExpression' && '+-'.includes(node.operator)) {
    const value = valueOf(node.argument);
    if (typeof value === 'number') return node.operator === '-' ? -value : value;
  }
  if (node.type === 'ArrayExpression')
    return node.elements.map((element) => {
      if (element === null || element.type === 'SpreadElement') throw notLiteral(element ?? node);
      return valueOf(element);
    });
  if (node.type === 'ObjectExpression') return Object.fromEntries(node.properties.map(entryOf));
  throw notLiteral(node);
}

function entryOf(member: ObjectExpression['properties'][number]): [string, unknown] {
  if (member.type !== 'Property' || member.computed || member.method || member.shorthand || member.kind !== 'init')
    throw notLiteral(member);
  const { key } = member;
  const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : null;
  if (name === null) throw notLiteral(member);
  return [name, valueOf(member.value)];
}

function notLiteral(node: Node): NoMeta {
  return new NoMeta('meta must be a literal: texts, numbers, true, false, null, lists and objects of them', node);
}

// What is not as it should be in the rest is left out: it is for people only.
function toMeta(literal: Record<string, unknown>): ScriptMeta {
  const phases = Array.isArray(literal['phases']) ? (literal['phases'] as unknown[]) : [];
  return {
    name: literal['name'] as string,
    description: literal['description'] as string,
    whenToUse: textOf(literal['whenToUse']),
    phases: phases.flatMap((phase) => {
      const { title, detail, model } = (typeof phase === 'object' && phase !== null ? phase : {}) as Record<
        string,
        unknown
      >;
      return typeof title === 'string' ? [{ title, detail: textOf(detail), model: textOf(model) }] : [];
    }),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
