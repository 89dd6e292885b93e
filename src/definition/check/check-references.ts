import type { ReadExpression } from '../draft/read-expressions.ts';
import { diagnosticIn, nameIndex } from '../draft/read-expressions.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { Draft } from '../draft/draft.ts';
import type { PlanGraph } from '../draft/graph.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

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
  const timings = new Timings(context);
  return expressions.flatMap((read) =>
    read.parsed.references.flatMap(({ root, member, offset }) => {
      const id = root === 'tasks' && member !== null ? known.find(member) : undefined;
      const found = id === undefined ? null : timings.of(read.site, indexes.get(id)!);
      return found === null ? [] : [diagnosticIn(document, read, { offset, code: 'not-ended', ...found })];
    }),
  );
}

type Site = ReadExpression['site'];

/** What is wrong with the time at which a result is asked for; null: nothing. */
type Timing = { message: string; hint: string; severity: Diagnostic['severity'] } | null;

class Timings {
  readonly #draft: Draft;
  readonly #graph: PlanGraph;
  readonly #ids: readonly string[];

  constructor({ draft, graph, ids }: ReferenceContext) {
    this.#draft = draft;
    this.#graph = graph;
    this.#ids = ids;
  }

  of(site: Site, target: number): Timing {
    const { task, phase, at } = site;
    if (task !== null) return this.#ofTask(site, task, target);
    // At the end of a run all of its tasks are over.
    if (phase === null) return null;
    return at === 'after' ? this.#atEndOfPhase(phase, target) : this.#atBeginOfPhase(phase, target);
  }

  #ofTask({ at, path }: Site, task: number, target: number): Timing {
    const isSameLoop = this.#isSameLoop(this.#draft.tasks[task]!.phase, target);
    if (target === task) {
      if (at === 'after' || isSameLoop || repeats(this.#draft.tasks[task]!.keys)) return null;
      return this.#never(target, 'it is the result of this very task', 'name a task that comes before');
    }
    if (isSameLoop || this.#graph.waitsFor(task, target)) return null;
    // What undoes a task comes last of all.
    const isUndo = path.includes('compensate') && at === 'after';
    if (!isUndo && this.#graph.hasEndedBefore(target, task)) return this.#tooEarly(target);
    const hint = this.#wayOut(task, target);
    return at === 'before' && this.#graph.isReadyNoLater(task, target)
      ? this.#never(target, 'this task does not wait for it', hint)
      : this.#unsure(target, hint);
  }

  // A condition of a phase is one of each of its tasks.
  #atBeginOfPhase(phase: number, target: number): Timing {
    if (this.#draft.tasks[target]!.phase === phase) {
      if (this.#isSameLoop(phase, target)) return null;
      return this.#never(target, 'it is part of this phase', 'a condition of a phase looks at what came before it');
    }
    const members = [...this.#draft.tasks.keys()].filter((index) => this.#draft.tasks[index]!.phase === phase);
    const timings = members.flatMap((task) => {
      if (this.#graph.waitsFor(task, target)) return [];
      if (this.#graph.hasEndedBefore(target, task)) return [this.#tooEarly(target)!];
      const hint = `let the tasks of this phase wait for it: depends_on: [${this.#ids[target]!}]`;
      return this.#graph.isReadyNoLater(task, target)
        ? [this.#never(target, 'nothing in this phase waits for it', hint)!]
        : [this.#unsure(target, hint)!];
    });
    return timings.find(({ severity }) => severity === 'error') ?? timings[0] ?? null;
  }

  #atEndOfPhase(phase: number, target: number): Timing {
    if (this.#graph.phaseWaitsFor(phase, target)) return null;
    if (this.#graph.beginsAfterPhase(target, phase)) {
      return this.#never(target, 'that task waits for this phase', 'name a task that comes before');
    }
    return this.#unsure(target, `let a task of this phase wait for it: depends_on: [${this.#ids[target]!}]`);
  }

  /** In a loop, what came last time around is there. */
  #isSameLoop(phase: number | null, target: number): boolean {
    return phase !== null && this.#draft.tasks[target]!.phase === phase && repeats(this.#draft.phases[phase]!.keys);
  }

  #wayOut(task: number, target: number): string {
    const id = this.#ids[target]!;
    return this.#draft.tasks[task]!.dependencies.length > 0
      ? `add ${quoted(id)} to depends_on`
      : `add depends_on: [${id}]`;
  }

  #tooEarly(target: number): Timing {
    return this.#never(target, 'that task waits for this one', 'name a task that comes before');
  }

  #never(target: number, why: string, hint: string): Timing {
    const message = `the result of ${quoted(this.#ids[target]!)} is never there: ${why}`;
    return { message, hint, severity: 'error' };
  }

  #unsure(target: number, hint: string): Timing {
    const name = quoted(this.#ids[target]!);
    const message = `the result of ${name} may not be there yet, and is null then: nothing here waits for it`;
    return { message, hint, severity: 'warning' };
  }
}

function repeats(keys: Draft['phases'][number]['keys']): boolean {
  return isJsonObject(keys) && Object.hasOwn(keys, 'repeat');
}
