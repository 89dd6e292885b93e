import type { Node } from 'acorn';
import type { ScriptProblem } from '../script-host.ts';

export const tooDeep = 'the code is nested too deeply';

/** A problem where some code begins; null: at the script's beginning. */
export function problemAt(kind: ScriptProblem['kind'], message: string, node: Node | null): ScriptProblem {
  const start = node?.loc?.start;
  return { kind, message, line: start?.line ?? 1, column: (start?.column ?? 0) + 1 };
}
