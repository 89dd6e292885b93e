import type { Outline, OutlinePhase, OutlineTask } from '../../../../src/definition/edit/outline.ts';

/** What is chosen: a task, a phase, or the workflow. */
export type Chosen =
  { kind: 'task'; task: OutlineTask } | { kind: 'phase'; phase: OutlinePhase; index: number } | { kind: 'workflow' };

/** What an address chooses in an outline; what is not there any more is the workflow. */
export function chosenIn(outline: Outline, query: URLSearchParams): Chosen {
  const [id, index] = [query.get('task'), query.get('phase')];
  const task = id === null ? undefined : outline.tasks.find((each) => each.id === id);
  if (task) return { kind: 'task', task };
  const phase = index === null ? undefined : outline.phases[Number(index)];
  return phase ? { kind: 'phase', phase, index: Number(index) } : { kind: 'workflow' };
}

/** How a place of the text is chosen in an address. */
export function choiceAt(outline: Outline | null, place: readonly (string | number)[] | null): Record<string, string> {
  if (!outline || !place || place.length === 0) return {};
  const key = JSON.stringify(place);
  const task = outline.tasks.find(({ at }) => JSON.stringify(at) === key);
  if (task) return { task: task.id };
  return place[0] === 'phases' && place.length === 2 ? { phase: String(place[1]) } : {};
}
