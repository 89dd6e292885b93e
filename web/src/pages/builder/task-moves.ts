import type { Edit, EditPlace } from '../../../../src/definition/edit/edit.ts';
import type { Outline, OutlineTask } from '../../../../src/definition/edit/outline.ts';

/** A way to move a task, in words, with where it is then. */
export interface TaskMove {
  label: string;
  move: { edit: Edit; to: EditPlace };
}

/** Where a task can be moved: up and down among its own, and into each other phase. */
export function taskMoves({ phases, tasks }: Outline, { at, phase }: OutlineTask): TaskMove[] {
  const index = Number(at.at(-1));
  const countIn = (other: number | null): number => tasks.filter((each) => each.phase === other).length;
  const to = (label: string, other: number | null, place: number): TaskMove => ({
    label,
    move: { edit: { do: 'move-task', at, phase: other, index: place }, to: placeOf(other, place) },
  });
  const others = [...phases.keys()].filter((other) => other !== phase);
  return [
    ...(index > 0 ? [to('Move up', phase, index - 1)] : []),
    ...(index < countIn(phase) - 1 ? [to('Move down', phase, index + 1)] : []),
    ...others.map((other) => to(`Move to phase ${other + 1}. ${phases[other]!.name ?? ''}`, other, countIn(other))),
    ...(phase === null ? [] : [to('Move out of its phase', null, countIn(null))]),
  ];
}

/** Where the task at an index of a phase stands. */
function placeOf(phase: number | null, index: number): EditPlace {
  return phase === null ? ['tasks', index] : ['phases', phase, 'tasks', index];
}

/** A new task: in the phase that is chosen, behind the task that is chosen, or at the end. */
export function newTask(
  outline: Outline,
  beside: OutlineTask | null,
  chosenPhase: number | null,
): { edit: Edit; at: EditPlace } {
  const last = outline.phases.length === 0 ? null : outline.phases.length - 1;
  const phase = beside ? beside.phase : (chosenPhase ?? last);
  const index = beside ? Number(beside.at.at(-1)) + 1 : outline.tasks.filter((each) => each.phase === phase).length;
  const id = freeId(outline);
  const profile = beside?.values['profile'];
  const task = {
    id,
    ...(typeof profile === 'string' && { profile }),
    prompt: 'Say what is to be done.',
    ...(beside && phase === null && { depends_on: [beside.id] }),
  };
  return { edit: { do: 'add-task', phase, index, task }, at: placeOf(phase, index) };
}

/** A new phase with a task: behind the one that is chosen, or the last. */
export function newPhase(outline: Outline, chosenPhase: number | null): { edit: Edit; at: EditPlace } {
  const index = chosenPhase === null ? outline.phases.length : chosenPhase + 1;
  const task = { id: freeId(outline), prompt: 'Say what is to be done.' };
  const phase = { name: `Phase ${outline.phases.length + 1}`, tasks: [task] };
  return { edit: { do: 'add-phase', index, phase }, at: ['phases', index] };
}

function freeId({ tasks }: Outline): string {
  const ids = new Set(tasks.map(({ id }) => id));
  let id = 'new-task';
  for (let count = 2; ids.has(id); count++) id = `new-task-${count}`;
  return id;
}
