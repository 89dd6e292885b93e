import type { JsonValue } from '../../domain/json.ts';
import { toDraft, type Draft } from '../draft/draft.ts';
import { nameTasks } from '../draft/task-names.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { formatPath, isJsonObject } from '../source/source-document.ts';
import type { Edit, EditPlace } from './edit.ts';

/** The tasks of a text, each with the id that it has or gets. */
export interface NamedTasks {
  draft: Draft;
  ids: readonly string[];
}

/** Reads what is readable; never fails. */
export function namedTasks(document: SourceDocument): NamedTasks {
  const draft = toDraft(document.value);
  const { names } = nameTasks(document, draft, { ids: [], contexts: [] });
  return { draft, ids: names.map(({ id }) => id) };
}

/** Where each task stands, as a text, in its place among the others: so that each can be found again when an edit moved them. */
export type Shadow = { phases: string[][]; tasks: string[] };

/** The places of all tasks of a value. */
export function shadowOf(value: JsonValue): Shadow {
  const root = isJsonObject(value) ? value : {};
  const places = (list: JsonValue | undefined, above: EditPlace): string[] =>
    (Array.isArray(list) ? list : []).map((_, index) => formatPath([...above, index]));
  const phases = Array.isArray(root['phases']) ? root['phases'] : [];
  return {
    phases: phases.map((phase, index) =>
      places(isJsonObject(phase) ? phase['tasks'] : undefined, ['phases', index, 'tasks']),
    ),
    tasks: places(root['tasks'], ['tasks']),
  };
}

/** The same after an edit: what each place was before; of a task that is new, an empty text. */
export function shadowAfter(shadow: Shadow, edit: Edit): Shadow {
  const after: Shadow = { phases: shadow.phases.map((each) => [...each]), tasks: [...shadow.tasks] };
  const listOf = (phase: number | null): string[] => (phase === null ? after.tasks : (after.phases[phase] ?? []));
  const taken = (at: EditPlace): string =>
    listOf(at[0] === 'phases' ? Number(at[1]) : null).splice(Number(at.at(-1)), 1)[0] ?? '';
  if (edit.do === 'add-task') listOf(edit.phase).splice(edit.index ?? Infinity, 0, '');
  else if (edit.do === 'remove-task') taken(edit.at);
  else if (edit.do === 'move-task') listOf(edit.phase).splice(edit.index, 0, taken(edit.at));
  else if (edit.do === 'add-phase') after.phases.splice(edit.index ?? Infinity, 0, countOf(edit.phase['tasks']));
  else if (edit.do === 'remove-phase') after.phases.splice(Number(edit.at[1]), 1);
  else if (edit.do === 'move-phase') after.phases.splice(edit.index, 0, ...after.phases.splice(Number(edit.at[1]), 1));
  return after;
}

/** What stood where by where it stands now. */
export function placesBefore({ phases, tasks }: Shadow): Map<string, string> {
  return new Map([
    ...phases.flatMap((list, phase) =>
      list.map((was, index) => [formatPath(['phases', phase, 'tasks', index]), was] as const),
    ),
    ...tasks.map((was, index) => [formatPath(['tasks', index]), was] as const),
  ]);
}

function countOf(tasks: JsonValue | undefined): string[] {
  return Array.isArray(tasks) ? tasks.map(() => '') : [];
}
