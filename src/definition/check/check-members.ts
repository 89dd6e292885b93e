import { nearestHint } from '../../domain/nearest.ts';
import type { ReadExpression } from '../draft/read-expressions.ts';
import { diagnosticIn } from '../draft/read-expressions.ts';
import type { Draft } from '../draft/draft.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** What `result` and `usage` have in an expression of a check: of a task, and of the run as a whole. */
const members: Readonly<Record<'task' | 'run', Readonly<Record<string, readonly string[]>>>> = {
  task: {
    result: ['status', 'summary', 'output'],
    usage: ['attempts', 'durationMs', 'tokens', 'costUsd', 'turns', 'toolCalls', 'toolErrors', 'loops'],
  },
  run: { result: ['status', 'reason', 'outputs', 'tasks'], usage: ['tokens', 'costUsd', 'durationMs'] },
};

/** Members that expressions of checks name and that there are none of: each run would be blamed for them. */
export function checkMembers(
  document: SourceDocument,
  expressions: readonly ReadExpression[],
  { evaluate }: Draft,
): Diagnostic[] {
  return expressions.flatMap((read) => {
    const [place, , index] = read.site.path;
    if (place !== 'evaluate') return [];
    const kind = evaluate?.checks[Number(index)]?.['task'] === undefined ? 'run' : 'task';
    return read.parsed.references.flatMap(({ root, member, offset }) => {
      const known = members[kind][root];
      if (member === null || !known || known.includes(member)) return [];
      const message = `${quoted(root)} of a ${kind} has no ${quoted(member)}`;
      const hint = nearestHint(member, known) ?? `it has ${known.join(', ')}`;
      return [diagnosticIn(document, read, { offset, code: 'unknown-name', message, hint, severity: 'error' })];
    });
  });
}
