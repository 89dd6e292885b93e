import type { AnyNode, CallExpression, Node, Program } from 'acorn';
import type { ScriptProblem, ScriptRef } from '../script-host.ts';
import { problemAt, tooDeep } from './problem.ts';

// The interpreter's own parser has less stack than ours.
const deepest = 250;

/** What a script may not hold, wherever in its code, and the scripts that it names. */
export function forbiddenIn(program: Program): { children: ScriptRef[]; problems: ScriptProblem[] } {
  const problems: ScriptProblem[] = [];
  const children: ScriptRef[] = [];
  const todo: { node: AnyNode; depth: number }[] = program.body.slice(1).map((node) => ({ node, depth: 1 }));
  while (todo.length > 0) {
    const { node, depth } = todo.pop()!;
    if (depth > deepest) return { children, problems: [problemAt('syntax', tooDeep, node)] };
    const problem = problemOf(node);
    if (problem !== null) problems.push(problem);
    if (node.type === 'CallExpression') children.push(...childOf(node));
    for (const [key, inner] of Object.entries(node)) {
      const innerDepth = isChain(node, key) ? depth : depth + 1;
      for (const one of [inner as unknown].flat()) if (isNode(one)) todo.push({ node: one, depth: innerDepth });
    }
  }
  return { children: children.toReversed(), problems };
}

function problemOf(node: AnyNode): ScriptProblem | null {
  if (/^(Import|Export)\w*Declaration$/.test(node.type))
    return problemAt(
      'syntax',
      `a workflow script has no ${node.type.startsWith('I') ? 'import' : 'export but meta'}`,
      node,
    );
  if (node.type === 'ImportExpression') return problemAt('syntax', 'a workflow script has no import()', node);
  if (node.type === 'MetaProperty' && node.meta.name === 'import')
    return problemAt('syntax', 'a workflow script has no import.meta', node);
  if (node.type === 'NewExpression' && isName(node.callee, 'Date') && node.arguments.length === 0)
    return noClock('new Date()', node);
  if (node.type !== 'MemberExpression' || node.computed) return null;
  if (isName(node.object, 'Date') && isName(node.property, 'now')) return noClock('Date.now', node);
  if (isName(node.object, 'Math') && isName(node.property, 'random')) return noClock('Math.random', node);
  return null;
}

function noClock(what: string, node: Node): ScriptProblem {
  const message = `${what} would give something else each time the run goes on. Hand it in by args, or let an agent find out`;
  return problemAt('nondeterminism', message, node);
}

function childOf({ callee, arguments: [what] }: CallExpression): ScriptRef[] {
  if (!isName(callee, 'workflow') || what === undefined) return [];
  if (what.type === 'Literal' && typeof what.value === 'string') return [{ name: what.value }];
  if (what.type !== 'ObjectExpression') return [];
  return what.properties.flatMap((member) => {
    if (member.type !== 'Property' || member.computed || !isName(member.key, 'scriptPath')) return [];
    return member.value.type === 'Literal' && typeof member.value.value === 'string'
      ? [{ scriptPath: member.value.value }]
      : [];
  });
}

// `a + b + c`, `a.b.c()` and `else if` are long, not deep.
function isChain({ type }: AnyNode, key: string): boolean {
  return (
    (type === 'BinaryExpression' && key === 'left') ||
    (type === 'LogicalExpression' && key === 'left') ||
    (type === 'MemberExpression' && key === 'object') ||
    (type === 'CallExpression' && key === 'callee')
  );
}

function isName(node: AnyNode, name: string): boolean {
  return node.type === 'Identifier' && node.name === name;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
