import { type Instance, toInstance, toInstanceId } from '../../../../../src/domain/ids/execution-id.ts';
import { marks } from '../../../../../src/domain/picture/picture.ts';
import type { TaskStatus } from '../../../../../src/domain/run/run-result.ts';
import type { RunState } from '../../../../../src/domain/run/run-state.ts';
import type { TaskState } from '../../../../../src/domain/run/task-state.ts';
import type { World } from './world.ts';

/** An execution as it is seen: the newest time around of a loop. `state` null: nothing is known of it yet. */
export interface Member {
  id: string;
  task: number;
  item: number | null;
  /** Times around so far. */
  iteration: number;
  status: TaskStatus;
  state: TaskState | null;
}

/** What stands in a box. */
export interface BoxScene {
  members: readonly Member[];
  counts: Readonly<Partial<Record<TaskStatus, number>>>;
  /** What matters most of it. */
  status: TaskStatus;
}

/** A picture with how everything in it stands. */
export interface Scene {
  world: World;
  boxes: readonly BoxScene[];
  /** Executions that failed or wait, in the order of the picture. */
  failed: readonly Member[];
  waiting: readonly Member[];
  /** How many tasks there are that the picture does not have. */
  missing: number;
}

/** What matters first. */
const order: readonly TaskStatus[] = [
  ...(['waiting', 'failed', 'running', 'ready', 'pending', 'cancelled', 'compensated', 'skipped'] as const),
  ...(['reused', 'succeeded'] as const),
];

const parsed = new Map<string, Instance>();

/** The parts of an id, remembered: 5,000 of them are asked for four times a second. */
function instanceOf(id: string): Instance {
  let known = parsed.get(id);
  if (!known) parsed.set(id, (known = toInstance(id)));
  return known;
}

/** How the tasks of a run stand in its picture. */
export function toScene(world: World, { tasks, widths }: Pick<RunState, 'tasks' | 'widths'>): Scene {
  const { picture, taskAt, tasksOf } = world;
  const found = new Map<number, Map<number | null, Member>>();
  let missing = 0;
  for (const [id, state] of tasks) {
    const { task, item, iteration } = instanceOf(id);
    const at = taskAt.get(task);
    if (at === undefined) {
      missing++;
      continue;
    }
    const items = found.get(at) ?? new Map<number | null, Member>();
    found.set(at, items);
    if ((items.get(item)?.iteration ?? 0) < iteration)
      items.set(item, { id, task: at, item, iteration, status: state.status, state });
  }
  const widthOf = newestWidths(widths);
  const boxes = tasksOf.map((members) =>
    toBox(
      members.flatMap((task) => {
        const [id, , , , , seen] = picture.tasks[task]!;
        const items = found.get(task);
        if (seen & marks.forEach) return itemsOf({ id, task, items, width: widthOf.get(id) });
        return [items?.get(null) ?? unknown(id, task)];
      }),
    ),
  );
  const all = boxes.flatMap(({ members }) => members);
  const standing = (status: TaskStatus): Member[] => all.filter((member) => member.status === status);
  return { world, boxes, failed: standing('failed'), waiting: standing('waiting'), missing };
}

function unknown(id: string, task: number): Member {
  return { id, task, item: null, iteration: 1, status: 'pending', state: null };
}

/** How many items there are in the newest time around, by task. */
function newestWidths(widths: RunState['widths']): Map<string, { width: number; iteration: number }> {
  const newest = new Map<string, { width: number; iteration: number }>();
  for (const [group, width] of widths) {
    const { task, iteration } = instanceOf(group);
    if ((newest.get(task)?.iteration ?? 0) < iteration) newest.set(task, { width, iteration });
  }
  return newest;
}

interface Items {
  id: string;
  task: number;
  items: ReadonlyMap<number | null, Member> | undefined;
  width: { width: number; iteration: number } | undefined;
}

/** Items of a `for_each`, also those that nobody has begun; itself, as long as nobody knows how many there are. */
function itemsOf({ id, task, items, width }: Items): Member[] {
  const known = [...(items?.values() ?? [])].filter(({ item }) => item !== null);
  const count = Math.max(width?.width ?? 0, ...known.map(({ item }) => item! + 1));
  if (count === 0) return [items?.get(null) ?? unknown(id, task)];
  const iteration = width?.iteration ?? 1;
  return Array.from({ length: count }, (_, item) => {
    const begun = items?.get(item);
    return begun ?? { ...unknown(toInstanceId({ task: id, item, iteration }), task), item, iteration };
  });
}

function toBox(members: readonly Member[]): BoxScene {
  const counts: Partial<Record<TaskStatus, number>> = {};
  for (const { status } of members) counts[status] = (counts[status] ?? 0) + 1;
  return { members, counts, status: order.find((status) => counts[status] !== undefined) ?? 'pending' };
}

/** An execution in a scene: its box, and its place there. */
export interface FoundMember {
  box: number;
  index: number;
  member: Member;
}

/** The box and the member that an execution is; undefined: the picture does not have it. */
export function findMember(scene: Scene, id: string | null): FoundMember | undefined {
  if (id === null) return undefined;
  const { task, item } = instanceOf(id);
  const at = scene.world.taskAt.get(task);
  if (at === undefined) return undefined;
  const box = scene.world.picture.tasks[at]![1];
  const { members } = scene.boxes[box]!;
  const same = members.findIndex((member) => member.task === at && member.item === item);
  const index = same >= 0 ? same : members.findIndex((member) => member.task === at);
  return index < 0 ? undefined : { box, index, member: members[index]! };
}

/** The one behind the selected one in a list, from the first again behind the last one. */
export function nextOf(list: readonly Member[], selected: string | null): Member | undefined {
  return list[(list.findIndex(({ id }) => id === selected) + 1) % list.length];
}

/** Executions whose id, agent or last word holds some words; the best first: those whose id begins so. At most `most`. */
export function searchMembers({ boxes }: Scene, words: string, most: number): Member[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === '') return [];
  const ranked: [number, Member][] = [];
  for (const { members } of boxes) {
    for (const member of members) {
      const id = member.id.toLowerCase();
      const at = id.indexOf(wanted);
      const isBeside = at < 0 && (member.state?.agent ?? '').toLowerCase().includes(wanted);
      if (at >= 0 || isBeside) ranked.push([id === wanted ? -1 : isBeside ? 1e6 : at, member]);
    }
  }
  return ranked
    .sort(([one], [other]) => one - other)
    .slice(0, most)
    .map(([, member]) => member);
}

/** How many stand in which state, in words: `4 of 9 done, 1 failed`. */
export function countText({ members, counts }: BoxScene): string {
  const done = (counts.succeeded ?? 0) + (counts.reused ?? 0);
  const rest = order.flatMap((status) => {
    const count = counts[status] ?? 0;
    const isTold = status !== 'succeeded' && status !== 'reused' && status !== 'pending' && count > 0;
    return isTold ? [`${count.toLocaleString('en')} ${status}`] : [];
  });
  return [`${done.toLocaleString('en')} of ${members.length.toLocaleString('en')} done`, ...rest].join(', ');
}
