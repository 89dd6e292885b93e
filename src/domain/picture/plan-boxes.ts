import { waves } from '../plan/waves.ts';
import type { TaskToDraw } from './picture-task.ts';
import { mostSiblings, needsOf, siblingKeys } from './siblings.ts';

/** Boxes of a plan, by waves. */
export interface PlanBoxes {
  /** Tasks of each box, by their places. */
  boxes: number[][];
  /** Box of each task. */
  boxOf: number[];
  /** Boxes of each wave. */
  layers: number[][];
}

/** Folds the siblings of every wave of a plan into boxes. Of tasks in a ring, which have no waves, there is one wave. */
export function planBoxes(tasks: readonly TaskToDraw[]): PlanBoxes {
  const place = new Map(tasks.map(({ id }, index) => [id, index]));
  const told = waves(tasks);
  const byWave =
    told.length > 0 || tasks.length === 0 ? told.map((ids) => ids.map((id) => place.get(id)!)) : [[...tasks.keys()]];
  const found: PlanBoxes = { boxes: [], boxOf: tasks.map(() => -1), layers: [] };
  // What a task waits for stands in an earlier wave: its boxes are known by then.
  const keyOf = siblingKeys(needsOf(tasks), found.boxOf);
  for (const wave of byWave) {
    const siblings = new Map<string, number[]>();
    for (const index of wave) {
      const key = keyOf(tasks[index]!, index);
      const members = siblings.get(key);
      if (members) members.push(index);
      else siblings.set(key, [index]);
    }
    const layer: number[] = [];
    for (const members of siblings.values()) {
      for (const box of members.length > mostSiblings ? [members] : members.map((index) => [index])) {
        const at = found.boxes.push(box) - 1;
        for (const index of box) found.boxOf[index] = at;
        layer.push(at);
      }
    }
    found.layers.push(layer);
  }
  return found;
}
