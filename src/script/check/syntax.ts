import type { ScriptProblem } from '../script-host.ts';
import { tooDeep } from './problem.ts';

// What begins where plain JavaScript cannot go on.
const typeWords =
  /^\s*(export\s+)?(declare\s+)?(interface\s+\w+|type\s+\w+(<[^=]*>)?\s*=|enum\s+\w+|namespace\s+\w+|abstract\s+class)\b/;
const typeMarks =
  /[\w)\]?]\s*\??:\s*(string|number|boolean|any|unknown|void|never|object|null|undefined|Promise|Record|Array|Map|Set|[A-Z]\w*)\b|\bas\s+(const|any|unknown|string|number|[A-Z]\w*)\b|\bimport\s+type\b|\bsatisfies\b|<[A-Z]\w*(\[\])?>\s*\(|\w!\./;

/** Problem that the parser's error stands for. It says so where the line looks like TypeScript. */
export function syntaxProblem(error: SyntaxError, source: string): ScriptProblem {
  const { loc } = error as { loc?: { line: number; column: number } };
  const { line, column } = loc ?? { line: 1, column: 0 };
  const text = source.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1] ?? '';
  const told = error.message.replace(/ \(\d+:\d+\)$/, '');
  const reason = told.startsWith('Not enough stack') ? tooDeep : told;
  const isTyped = typeWords.test(text) || typeMarks.test(text);
  const hint = isTyped ? '. It looks like TypeScript; a workflow script is plain JavaScript: take the types out' : '';
  return { kind: 'syntax', message: `${reason}${hint}`, line, column: column + 1 };
}
