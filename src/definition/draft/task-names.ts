import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { Draft, DraftTask } from './draft.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** Id and context of each task of a draft, in its order. */
export interface TaskNames {
  names: { id: string; context: string }[];
  diagnostics: Diagnostic[];
}

/** Ids and contexts that a run has already. */
export interface TakenNames {
  ids: readonly string[];
  contexts: readonly string[];
}

/** A name in the form that ids have: lower case, words joined by `-`; `_` and digits stay. Empty when nothing is left. */
function slug(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss');
  return plain
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
}

/**
 * Gives every task an id and a context.
 *
 * Without an id: slug of the phase, a dot, slug of the context (or of the profile), and `-2`, `-3`… when that is taken; outside of phases
 * without the first two.
 * Without a context: one of its own, called like the task. `taken`: what a run has already.
 */
export function nameTasks(document: SourceDocument, draft: Draft, taken: TakenNames): TaskNames {
  const diagnostics: Diagnostic[] = [];
  const ids = new UniqueNames();
  for (const id of taken.ids) ids.take(id);
  const contexts = new UniqueNames();
  for (const context of taken.contexts) contexts.take(context);
  for (const task of draft.tasks) {
    if (task.context !== null) contexts.take(task.context);
    if (task.id === null || ids.take(task.id) === task.id) continue;
    const message = `the id ${quoted(task.id)} is used twice`;
    diagnostics.push(
      document.diagnostic([...task.path, 'id'], { code: 'duplicate-id', message, hint: 'ids are unique in a file' }),
    );
  }
  const names = draft.tasks.map((task) => {
    const id = task.id ?? ids.take(automaticId(draft, task));
    return { id, context: task.context ?? contexts.take(id) };
  });
  return { names, diagnostics };
}

function automaticId(draft: Draft, task: DraftTask): string {
  const who = slug(task.context ?? task.profile ?? draft.defaultProfile ?? '') || 'task';
  if (task.phase === null) return who.replace(/^-+/, '');
  const phase = slug(draft.phases[task.phase]?.name ?? '') || `phase-${task.phase + 1}`;
  return `${phase}.${who}`;
}

/** Hands out names, each once; linear, whatever the names are. */
class UniqueNames {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  take(name: string): string {
    let number = this.#next.get(name) ?? 1;
    let candidate = name;
    while (this.#taken.has(candidate)) candidate = `${name}-${++number}`;
    this.#next.set(name, number);
    this.#taken.add(candidate);
    return candidate;
  }
}
