import type { Outline, OutlineTask } from '../../../../../src/definition/edit/outline.ts';

/** Where something stands on the picture, in pixels. */
interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A task on the picture, or several that are folded into one. */
interface TaskBox extends Box {
  id: string;
  task: OutlineTask | null;
  /** How many are folded here; 0: it is a task. */
  folded: number;
}

/** A phase on the picture; null: what stands in none. */
interface BandBox extends Box {
  phase: number | null;
  title: string;
  isParallel: boolean;
}

/** The picture of a draft. */
export interface Picture {
  bands: BandBox[];
  tasks: TaskBox[];
  edges: { from: string; to: string; kind: 'explicit' | 'sequence' | 'context' }[];
}

/**
 * Most boxes that are drawn.
 *
 * @internal
 */
export const mostDrawn = 300;
/** Of how many tasks on siblings are folded, and how many of them are shown then. */
export const manyTasks = 80;
const mostSiblings = 8;
/** Siblings that stand beside each other; more stand below. */
const mostBeside = 6;
const size = { width: 208, height: 62 };
const gap = { x: 24, y: 44 };
const pad = { x: 20, top: 40, bottom: 20, between: 32 };

/**
 * Phases one below the other, as they come one after the other; in each, tasks from above to below by what they wait for. The same outline
 * always gives the same picture.
 */
export function pictureOf({ phases, tasks }: Pick<Outline, 'phases' | 'tasks'>): Picture {
  const picture: Picture = { bands: [], tasks: [], edges: [] };
  const place = new Map<string, string>();
  let y = 0;
  for (const phase of [...phases.keys(), null]) {
    const members = tasks.filter((task) => task.phase === phase);
    if (members.length === 0 && phase === null) continue;
    const all = rowsOf(members).map((row) => folded(row, tasks.length > manyTasks));
    const rows = wrapped(bounded(all, mostDrawn - picture.tasks.length));
    const widest = Math.max(1, ...rows.map((row) => row.length));
    const top = phase === null && phases.length === 0 ? pad.bottom : pad.top;
    const height = top + Math.max(1, rows.length) * (size.height + gap.y) - gap.y + pad.bottom;
    const { name = null, values = {} } = phase === null ? {} : phases[phase]!;
    const title =
      phase === null ? (phases.length > 0 ? 'In no phase' : '') : `${phase + 1}. ${name ?? 'Without a name'}`;
    const isParallel = values['execution_mode'] === 'parallel';
    picture.bands.push({ phase, title, isParallel, x: 0, y, width: widthOf(widest) + 2 * pad.x, height });
    for (const [at, row] of rows.entries())
      for (const [column, box] of row.entries()) {
        // From the middle of the band, which is at 0 until all bands are as wide as the widest.
        const x = column * (size.width + gap.x) - widthOf(row.length) / 2;
        const corner = { x, y: y + top + at * (size.height + gap.y) };
        picture.tasks.push({ id: box.id, task: box.task, folded: box.members.length, ...corner, ...size });
        for (const id of box.task ? [box.task.id] : box.members) place.set(id, box.id);
      }
    y += height + pad.between;
  }
  const widest = Math.max(0, ...picture.bands.map(({ width }) => width));
  for (const band of picture.bands) band.width = widest;
  for (const box of picture.tasks) box.x += widest / 2;
  picture.edges = edgesOf(tasks, place);
  return picture;
}

function widthOf(count: number): number {
  return count * (size.width + gap.x) - gap.x;
}

interface Slot {
  id: string;
  task: OutlineTask | null;
  members: string[];
}

function folded(row: readonly OutlineTask[], isLarge: boolean): Slot[] {
  const shown = isLarge && row.length > mostSiblings ? row.slice(0, mostSiblings - 1) : row;
  const rest = row.slice(shown.length).map(({ id }) => id);
  const slots: Slot[] = shown.map((task) => ({ id: task.id, task, members: [] }));
  return rest.length === 0 ? slots : [...slots, { id: `more ${rest[0]!}`, task: null, members: rest }];
}

/** The rows that there is room for; what is left is one box. */
function bounded(rows: readonly Slot[][], room: number): Slot[][] {
  let count = 0;
  const kept = rows.filter((row) => (count += row.length) < room);
  const rest = rows
    .slice(kept.length)
    .flat()
    .flatMap(({ task, members }) => (task ? [task.id] : members));
  return rest.length === 0 ? kept : [...kept, [{ id: `more ${rest[0]!}`, task: null, members: rest }]];
}

function wrapped(rows: readonly Slot[][]): Slot[][] {
  return rows.flatMap((row) =>
    Array.from({ length: Math.ceil(row.length / mostBeside) }, (_, line) =>
      row.slice(line * mostBeside, (line + 1) * mostBeside),
    ),
  );
}

/** Tasks by how many others of their band stand before them, each row ordered by what it comes from. */
function rowsOf(members: readonly OutlineTask[]): OutlineTask[][] {
  const byId = new Map(members.map((task) => [task.id, task]));
  const rank = new Map<string, number>();
  // A ring is a mistake that is shown, and must not hang the picture: after so many rounds it is as good as it gets.
  for (let round = 0, isOn = true; isOn && round <= members.length; round++) {
    isOn = false;
    for (const task of members) {
      const before = task.waitsFor.flatMap(({ task: id }) => (byId.has(id) ? [(rank.get(id) ?? 0) + 1] : []));
      const next = Math.min(members.length - 1, Math.max(0, ...before));
      if (next !== (rank.get(task.id) ?? 0)) isOn = true;
      rank.set(task.id, next);
    }
  }
  const rows: OutlineTask[][] = [];
  for (const task of members) (rows[rank.get(task.id)!] ??= []).push(task);
  const filled = rows.filter((row) => row.length > 0);
  const place = new Map<string, number>();
  for (const row of filled) {
    const weight = (task: OutlineTask): number => {
      const places = task.waitsFor.flatMap(({ task: id }) => place.get(id) ?? []);
      return places.length === 0 ? Infinity : places.reduce((sum, each) => sum + each, 0) / places.length;
    };
    const weights = new Map(row.map((task) => [task, weight(task)]));
    // What waits for nothing keeps its order behind.
    const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
    row.sort((a, b) => compare(weights.get(a)!, weights.get(b)!));
    for (const [at, { id }] of row.entries()) place.set(id, at - (row.length - 1) / 2);
  }
  return filled;
}

function edgesOf(tasks: readonly OutlineTask[], place: ReadonlyMap<string, string>): Picture['edges'] {
  const edges = new Map<string, Picture['edges'][number]>();
  for (const { id, waitsFor } of tasks)
    for (const { task, from: kind } of waitsFor) {
      const [from, to] = [place.get(task), place.get(id)];
      if (from === undefined || to === undefined || from === to) continue;
      const key = JSON.stringify([from, to]);
      if (!edges.has(key) || kind === 'explicit') edges.set(key, { from, to, kind });
    }
  return [...edges.values()];
}
