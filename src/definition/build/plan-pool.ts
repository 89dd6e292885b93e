import { criticalPath } from '../../domain/plan/critical-path.ts';
import type { Plan, PlanTask, PoolMember } from '../../domain/plan/plan.ts';
import type { WorkflowFile } from '../schema/schema.ts';
import type { TaskFile } from '../schema/schema-tasks.ts';

/** Which track each task belongs to, by its id, and the priority that it has from there. */
export type TrackIndex = ReadonlyMap<string, { name: string; priority: TaskFile['priority'] }>;

type CrewFile = Pick<WorkflowFile, 'agents' | 'pool' | 'tracks'>;

/** Looks up the tracks of a checked file. */
export function trackIndex({ pool = [], tracks = {} }: CrewFile): TrackIndex {
  const entries = Object.entries(tracks).flatMap(([name, ids]) => {
    const { priority } = pool.find((member) => member.track === name && member.priority !== undefined) ?? {};
    return ids.map((id) => [id, { name, priority }] as const);
  });
  return new Map(entries);
}

/** How many tasks of whom run at once, and who does them. */
export function toCrew(
  { agents = {}, pool }: CrewFile,
  tasks: readonly PlanTask[],
): Pick<Plan, 'concurrency' | 'pool'> {
  const bounded = Object.entries(agents).flatMap(([name, { max_concurrent_tasks: most }]) =>
    most === undefined ? [] : [[name, most] as const],
  );
  return {
    ...(bounded.length > 0 && { concurrency: Object.fromEntries(bounded) }),
    ...(pool && { pool: toPool(pool, tasks) }),
  };
}

/** Tracks that nobody was given go to members without one: the longest first, each to whoever has the shortest way so far. */
function toPool(file: NonNullable<CrewFile['pool']>, tasks: readonly PlanTask[]): PoolMember[] {
  const members = file.map(({ id, track }): PoolMember => ({ id, tracks: track === undefined ? [] : [track] }));
  const given = new Set(members.flatMap(({ tracks }) => tracks));
  const free = members.filter(({ tracks }) => tracks.length === 0).map((member) => ({ member, length: 0 }));
  for (const { name, length } of longestFirst(tasks)) {
    if (given.has(name) || free.length === 0) continue;
    const least = free.reduce((a, b) => (b.length < a.length ? b : a));
    least.member.tracks.push(name);
    least.length += length;
  }
  return members;
}

function longestFirst(tasks: readonly PlanTask[]): { name: string; length: number }[] {
  const names = [...new Set(tasks.flatMap(({ track }) => track ?? []))];
  const lengthOf = (name: string): number =>
    criticalPath(
      tasks.filter(({ track }) => track === name),
      new Map(),
    ).totalMs;
  return names.map((name) => ({ name, length: lengthOf(name) })).toSorted((a, b) => b.length - a.length);
}
