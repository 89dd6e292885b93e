import { type Column, type Placed, rowHeight } from './lay-out.ts';
import { pictureSizes } from './picture.ts';
import type { TaskToDraw } from './picture-task.ts';
import type { PlanBoxes } from './plan-boxes.ts';
import { mostSiblings, type Needs, siblingKeys } from './siblings.ts';

/** All boxes of a run: those of its plan, then what was added. */
interface AllBoxes {
  boxes: number[][];
  boxOf: number[];
  at: { x: number; y: number }[];
}

interface ToAdd {
  /** The plan's tasks first. */
  tasks: readonly TaskToDraw[];
  needs: Needs;
  plan: PlanBoxes;
  placed: Placed;
}

/** A place that was given to an added task; with it those of its siblings that have none. */
interface Slot {
  x: number;
  y: number;
  wave: number;
  members: number[];
}

const { box: boxSize, waveGap } = pictureSizes;

/** Places what was added, one after the other: behind what it waits for and who asked for it, at the end of that wave. Changes `placed.waves`. */
export function addBoxes({ tasks, needs, plan, placed }: ToAdd): AllBoxes {
  const { boxes, boxOf, at } = { boxes: [...plan.boxes], boxOf: [...plan.boxOf], at: [...placed.boxes] };
  const slots = addSlots({ tasks, needs, plan, placed });
  for (const siblings of slots) {
    const members = siblings.flatMap((slot) => slot.members).sort((one, other) => one - other);
    const isOne = members.length > mostSiblings;
    for (const { x, y, members: own } of isOne ? [{ ...siblings[0]!, members }] : siblings) {
      at.push({ x, y });
      const box = boxes.push(own) - 1;
      for (const index of own) boxOf[index] = box;
    }
  }
  return { boxes, boxOf, at };
}

/** Slots of every family of siblings, in the order in which the families began. */
function addSlots({ tasks, needs, plan, placed }: ToAdd): Slot[][] {
  const families = new Map<string, { kin: number; slots: Slot[] }>();
  const first = plan.boxOf.length;
  const waveOf = plan.boxOf.map((box) => placed.waveOf[box]!);
  const yOf = plan.boxOf.map((box) => placed.boxes[box]!.y);
  // What is told apart are the families of what was added, as their boxes are not known yet.
  const kinOf: number[] = [...plan.boxOf];
  const keyOf = siblingKeys(needs, kinOf);
  const placeOf = new Map(tasks.map(({ id }, index) => [id, index]));
  const headings = new Map<string, number>();
  for (let index = first; index < tasks.length; index++) {
    const task = tasks[index]!;
    const key = keyOf(task, index);
    const { kin, slots } = families.get(key) ?? { kin: plan.boxes.length + families.size, slots: [] };
    families.set(key, { kin, slots });
    kinOf[index] = kin;
    const parent = task.parent === null ? undefined : placeOf.get(task.parent);
    const behind = [...needs.lists[needs.of[index]!]!, ...(parent === undefined ? [] : [parent])];
    const nearest = behind.reduce((last, other) => Math.max(last, waveOf[other] ?? -1), -1) + 1;
    const wave = task.heading === null ? nearest : belowHeading(task, nearest, headings);
    const wanted = yOf[parent ?? behind[0] ?? -1] ?? 0;
    const slot = slots.length < mostSiblings ? takeSlot(placed.waves, wave, wanted) : slots.at(-1)!;
    if (slots.length < mostSiblings) slots.push(slot);
    slot.members.push(index);
    waveOf[index] = slot.wave;
    yOf[index] = slot.y;
  }
  return [...families.values()].map(({ slots }) => slots);
}

/** What a script asks for below one heading stands behind what it asked for below the headings before. */
function belowHeading({ parent, heading }: TaskToDraw, nearest: number, headings: Map<string, number>): number {
  const prefix = `${parent ?? ''}\n`;
  const key = `${prefix}${heading}`;
  const known = headings.get(key);
  if (known !== undefined) return Math.max(known, nearest);
  const last = [...headings].reduce(
    (most, [each, wave]) => (each.startsWith(prefix) ? Math.max(most, wave) : most),
    -1,
  );
  const wave = Math.max(nearest, last + 1);
  headings.set(key, wave);
  return wave;
}

function takeSlot(waves: Column[][], wave: number, wantedY: number): Slot {
  while (waves.length <= wave) {
    const x = waves.reduce((most, columns) => Math.max(most, columns.at(-1)!.x + boxSize.width + waveGap), 0);
    waves.push([{ x, end: -Infinity }]);
  }
  const column = waves[wave]!.reduce((best, each) => (each.end < best.end ? each : best));
  const y = column.end === -Infinity ? wantedY : column.end + rowHeight - boxSize.height;
  column.end = y + boxSize.height;
  return { x: column.x, y, wave, members: [] };
}
