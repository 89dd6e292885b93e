import type { Picture } from '../../../../../src/domain/picture/picture.ts';

/** A picture with what is asked of it again and again. */
export interface World {
  picture: Picture;
  /** Place of each task of the plan, by its id. */
  taskAt: ReadonlyMap<string, number>;
  /** Tasks of each box. */
  tasksOf: readonly (readonly number[])[];
  /** Boxes that each box has lines from, and to. */
  before: readonly (readonly number[])[];
  after: readonly (readonly number[])[];
}

/** Prepares a picture. */
export function toWorld(picture: Picture): World {
  const each = (): number[][] => picture.boxes.map(() => []);
  const [tasksOf, before, after] = [each(), each(), each()];
  for (const [index, [, box]] of picture.tasks.entries()) tasksOf[box]!.push(index);
  for (const [from, to] of picture.lines) {
    before[to]!.push(from);
    after[from]!.push(to);
  }
  return { picture, taskAt: new Map(picture.tasks.map(([id], index) => [id, index])), tasksOf, before, after };
}

/** The boxes that a box needs or that need it, over any number of lines, and itself. */
export function kinOf({ before, after }: Pick<World, 'before' | 'after'>, box: number): ReadonlySet<number> {
  const found = new Set([box]);
  for (const beside of [before, after]) {
    const open = [box];
    const seen = new Set(open);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const other of beside[next]!) {
        if (seen.has(other)) continue;
        seen.add(other);
        found.add(other);
        open.push(other);
      }
    }
  }
  return found;
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/**
 * The box that one comes to from another by an arrow: along a line to the left or right, to the nearest one where there are several; up or down
 * in its column, else to the nearest of any. undefined: there is none.
 */
export function neighbourOf(world: World, box: number, direction: Direction): number | undefined {
  const { boxes } = world.picture;
  const [x, y] = boxes[box]!;
  const nearest = (others: Iterable<number>): number | undefined => {
    let best: number | undefined;
    for (const other of others) if (best === undefined || distance(other) < distance(best)) best = other;
    return best;
  };
  const distance = (other: number): number => Math.hypot(boxes[other]![0] - x, boxes[other]![1] - y);
  const where = (isThere: (otherX: number, otherY: number) => boolean): number[] =>
    boxes.flatMap(([otherX, otherY], other) => (other !== box && isThere(otherX, otherY) ? [other] : []));
  switch (direction) {
    case 'left':
      return nearest(world.before[box]!) ?? nearest(where((otherX) => otherX < x));
    case 'right':
      return nearest(world.after[box]!) ?? nearest(where((otherX) => otherX > x));
    case 'up':
      return nearest(where((otherX, otherY) => otherX === x && otherY < y));
    case 'down':
      return nearest(where((otherX, otherY) => otherX === x && otherY > y));
  }
}
