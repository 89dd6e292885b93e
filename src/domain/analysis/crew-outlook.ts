import { criticalPath } from '../plan/critical-path.ts';
import type { Plan } from '../plan/plan.ts';
import { Scheduler } from '../scheduling/scheduler.ts';
import { slotRulesOf } from '../scheduling/slots.ts';

/** Who is to do what, as far as it is known before the start. */
export interface CrewOutlook {
  /** Tasks that wait for no other. */
  independent: string[];
  /** Those of them that begin at once, by the limits and the pool, each with its member. */
  first: { task: string; member: string | null }[];
  /** All tasks, each behind what it waits for. */
  order: string[];
  /** Of each track its tasks, the longest way of dependencies among them, and who does them; nobody: whoever is idle. */
  tracks: { track: string; tasks: string[]; longest: string[]; members: string[] }[];
  /** Members of the pool that have no track: they do any task. */
  anyTrack: string[];
}

/** Looks at who will do what. */
export function crewOutlook(plan: Plan): CrewOutlook {
  const { tasks, phases, pool = [], limits } = plan;
  const names = [...new Set(tasks.flatMap(({ track }) => track ?? []))];
  const scheduler = new Scheduler({ tasks, phases, slots: slotRulesOf(plan) }, { maxParallel: limits.maxParallel });
  const { start } = scheduler.next();
  for (const { id } of start) scheduler.begin(id);
  return {
    independent: tasks
      .filter(({ dependsOn, afterPhase }) => dependsOn.length === 0 && afterPhase === null)
      .map(({ id }) => id),
    first: start.map(({ id, task }) => ({ task, member: scheduler.memberOf(id) ?? null })),
    order: tasks.map(({ id }) => id),
    tracks: names.map((track) => {
      const own = tasks.filter((task) => task.track === track);
      const members = pool.filter((member) => member.tracks.includes(track)).map(({ id }) => id);
      return { track, tasks: own.map(({ id }) => id), longest: criticalPath(own, new Map()).tasks, members };
    }),
    anyTrack: pool.filter((member) => member.tracks.length === 0).map(({ id }) => id),
  };
}
