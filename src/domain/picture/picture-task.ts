import type { Plan, PlanTask } from '../plan/plan.ts';
import { marks } from './picture.ts';

/** What a picture needs to know of a task. */
export interface TaskToDraw {
  id: string;
  phase: number | null;
  afterPhase: number | null;
  agent: string;
  dependsOn: readonly { task: string; from: 'explicit' | 'sequence' | 'context' }[];
  marks: number;
  /** Task that asked for it while the run lived; null: none. */
  parent: string | null;
  heading: string | null;
}

/** Tasks of a plan, to be drawn. */
export function toDraw(plan: Pick<Plan, 'tasks'>): TaskToDraw[] {
  return plan.tasks.map((task) => taskToDraw(task, 0));
}

/** A task that was added while the run lived, to be drawn. `parent`: who added it. */
export function addedToDraw(task: PlanTask, parent: string | null): TaskToDraw {
  return { ...taskToDraw(task, marks.added), parent: task.askedBy ?? parent };
}

function taskToDraw(task: PlanTask, more: number): TaskToDraw {
  const { id, phase, afterPhase, agent, dependsOn } = task;
  const said =
    (task.work ? marks[task.work.kind] : 0) |
    (task.script ? marks.script : 0) |
    (task.forEach ? marks.forEach : 0) |
    (task.repeat ? marks.repeat : 0) |
    (task.decompose ? marks.planner : 0) |
    (task.approval ? marks.approval : 0) |
    (task.when === null ? 0 : marks.condition);
  return { id, phase, afterPhase, agent, dependsOn, marks: said | more, parent: null, heading: task.heading ?? null };
}
