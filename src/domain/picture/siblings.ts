import { marks } from './picture.ts';
import type { TaskToDraw } from './picture-task.ts';

/** Siblings above this number stand in one box. */
export const mostSiblings = 8;

/** Lists of tasks that tasks wait for, each list once. */
export interface Needs {
  lists: number[][];
  /** Place in `lists`, by task. */
  of: number[];
}

/** What tasks wait for, by their places; what is not there is left out. */
export function needsOf(tasks: readonly TaskToDraw[]): Needs {
  const place = new Map(tasks.map(({ id }, index) => [id, index]));
  const lists: number[][] = [[]];
  const known = new Map<string, number>([['', 0]]);
  const of = tasks.map(({ dependsOn }) => {
    const list = [...new Set(dependsOn.flatMap(({ task }) => place.get(task) ?? []))];
    const key = list.join();
    if (!known.has(key)) known.set(key, lists.push(list) - 1);
    return known.get(key)!;
  });
  return { lists, of };
}

/**
 * What makes tasks siblings: the same wave, phase, agent and kind, asked for by the same task, waiting for the same boxes.
 *
 * Boxes instead of tasks, so that a hundred chains of three tasks are three boxes. A `for_each` has a box of its own: its members are siblings already.
 */
export function siblingKeys(needs: Needs, boxOf: readonly number[]): (task: TaskToDraw, index: number) => string {
  const boxes = new Map<number, string>();
  const boxesOf = (list: number): string => {
    const told = boxes.get(list) ?? [...new Set(needs.lists[list]!.map((need) => boxOf[need]!))].sort(byNumber).join();
    boxes.set(list, told);
    return told;
  };
  return ({ id, phase, afterPhase, agent, marks: seen, parent, heading }, index) =>
    seen & (marks.forEach | marks.planner | marks.script)
      ? id
      : JSON.stringify([phase, afterPhase, agent, seen, parent, heading, boxesOf(needs.of[index]!)]);
}

function byNumber(one: number, other: number): number {
  return one - other;
}

/** What siblings are called together, by boxes: how their ids begin; who does them; or, where that is said of others, from which to which. Of one: nothing. */
export function titlesOf(boxes: readonly (readonly TaskToDraw[])[]): string[] {
  const titles = boxes.map((siblings) => (siblings.length > 1 ? titleOf(siblings) : ''));
  const counts = new Map<string, number>();
  for (const title of titles) counts.set(title, (counts.get(title) ?? 0) + 1);
  return titles.map((title, box) => {
    const isClear = title === '' || counts.get(title) === 1;
    return isClear ? title : `${boxes[box]![0]!.id} … ${boxes[box]!.at(-1)!.id}`;
  });
}

function titleOf(siblings: readonly TaskToDraw[]): string {
  const [first, ...rest] = siblings.map(({ id }) => id);
  let length = first!.length;
  for (const id of rest) while (!id.startsWith(first!.slice(0, length))) length--;
  return first!.slice(0, length).replace(/[-_.]*\d*$/, '') || siblings[0]!.agent;
}
