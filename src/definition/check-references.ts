import type { ReadExpression } from './check-expressions.ts';
import { diagnosticIn, nameIndex } from './check-expressions.ts';
import type { Diagnostic } from './diagnostic.ts';
import { quoted } from './diagnostic.ts';
import type { Draft } from './draft.ts';
import type { PlanGraph } from './plan-graph.ts';
import type { SourceDocument } from './source-document.ts';
import { isJsonObject } from './source-document.ts';

/** What is needed to say whether a result is there when an expression asks for it. */
interface ReferenceContext {
  draft: Draft;
  graph: PlanGraph;
  ids: readonly string[];
}

/** Finds results that cannot be there yet (errors), and those that may not be (warnings): they would be null. */
export function checkReferences(
  document: SourceDocument,
  expressions: readonly ReadExpression[],
  context: ReferenceContext,
): Diagnostic[] {
  const indexes = new Map(context.ids.map((id, index) => [id, index]));
  const known = nameIndex(context.ids);
  return expressions.flatMap((read) =>
    read.parsed.references.flatMap(({ root, member, offset }) => {
      const id = root === 'tasks' && member !== null ? known.find(member) : undefined;
      const found = id === undefined ? null : timing(read, indexes.get(id)!, context);
      return found === null ? [] : [diagnosticIn(document, read, { offset, ...found })];
    }),
  );
}

type Timing = { code: string; message: string; hint: string; severity: Diagnostic['severity'] };

function timing(read: ReadExpression, target: number, { draft, graph, ids }: ReferenceContext): Timing | null {
  const { task, phase, at } = read.site;
  const name = quoted(ids[target]!);
  const other = draft.tasks[target]!;
  const never = (why: string, hint: string): Timing => ({
    code: 'not-ended',
    message: `the result of ${name} is never there: ${why}`,
    hint,
    severity: 'error',
  });
  // In a loop, what came last time around is there.
  const repeats = (keys: unknown): boolean => isJsonObject(keys as never) && Object.hasOwn(keys as object, 'repeat');
  const isSameLoop = phase !== null && other.phase === phase && repeats(draft.phases[phase]!.keys);
  if (task === null) {
    const isOwn = other.phase === phase;
    if (isOwn && (at === 'after' || isSameLoop)) return null;
    if (isOwn) return never('it is part of this phase', 'a condition of a phase looks at what came before it');
    return graph.hasEndedBeforePhase(phase! + (at === 'after' ? 1 : 0), target) ? null : unsure(name);
  }
  if (target === task) {
    if (at === 'after' || isSameLoop || repeats(draft.tasks[task]!.keys)) return null;
    return never('it is the result of this very task', 'name a task that comes before');
  }
  if (isSameLoop || graph.hasEndedBefore(task, target)) return null;
  const waitsForUs = at === 'before' && graph.hasEndedBefore(target, task);
  if (waitsForUs) return never('that task waits for this one', 'name a task that comes before');
  return unsure(name);
}

function unsure(name: string): Timing {
  return {
    code: 'not-ended',
    message: `the result of ${name} may not be there yet, and is null then: nothing here waits for it`,
    hint: `add ${name} to depends_on`,
    severity: 'warning',
  };
}
