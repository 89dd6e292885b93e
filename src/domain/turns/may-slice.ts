import type { OutlineTask } from '../plan/outline.ts';
import { outlineOptions } from '../plan/outline.ts';
import { isolationOf } from '../worktrees/isolation-of.ts';
import type { Isolation, PlanIsolation } from '../coding/isolation.ts';

/** What of a run says whether its tasks can be done in slices. */
export interface SlicingRun {
  agents: Record<string, { isQuick?: boolean; isolate?: Isolation; runner?: unknown }>;
  phases: readonly { isolate?: Isolation }[];
  isolation?: PlanIsolation;
}

/**
 * Whether a task can be done in a slice: by our own turns, by an agent whose tools are over in a moment and touch nothing outside of our
 * database, and without a person at its beginning or its end.
 */
export function maySlice(task: OutlineTask, { agents, phases, isolation }: SlicingRun): boolean {
  const agent = agents[task.agent];
  const { work, isScript, approval, isolate, workspace, branches, continues } = outlineOptions(task);
  if (!agent?.isQuick || agent.runner || work !== null || isScript || approval !== null || workspace !== null)
    return false;
  if (branches || continues !== null) return false;
  return (
    isolationOf({
      task: isolate === null ? undefined : { isolate },
      ...{ agent, run: isolation },
      phase: task.phase === null ? undefined : phases[task.phase],
    }) === 'shared'
  );
}

/** Whether one may begin in a slice, after another one: what else begins with it is the workflow's to tell and to decide. */
export function mayFollow(task: OutlineTask, run: SlicingRun): boolean {
  const { forEach, repeat, canCompensate, filesScope } = outlineOptions(task);
  return forEach === null && repeat === null && !canCompensate && filesScope.length === 0 && maySlice(task, run);
}
