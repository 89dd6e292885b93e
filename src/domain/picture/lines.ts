import { lineKinds, type PictureLine } from './picture.ts';
import type { TaskToDraw } from './picture-task.ts';

/** One line for every two boxes between whose tasks there are any, by the strongest reason; none inside of a box. */
export function boxLines(tasks: readonly TaskToDraw[], boxOf: readonly number[]): PictureLine[] {
  const place = new Map(tasks.map(({ id }, index) => [id, index]));
  const lines = new Map<number, PictureLine>();
  for (const [index, { dependsOn }] of tasks.entries()) {
    const to = boxOf[index]!;
    for (const { task, from: reason } of dependsOn) {
      const need = place.get(task);
      const from = need === undefined ? to : boxOf[need]!;
      if (from === to) continue;
      const kind = lineKinds.indexOf(reason);
      const key = from * tasks.length + to;
      const known = lines.get(key);
      if (!known) lines.set(key, [from, to, kind]);
      else if (kind < known[2]) known[2] = kind;
    }
  }
  return [...lines.values()];
}
