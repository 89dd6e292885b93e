import { criticalPath } from '../plan/critical-path.ts';
import type { PlanPhase } from '../plan/plan.ts';
import { addBoxes } from './added-boxes.ts';
import { layOut } from './lay-out.ts';
import { boxLines } from './lines.ts';
import { marks, type Picture, type PicturePhase, pictureSizes } from './picture.ts';
import type { TaskToDraw } from './picture-task.ts';
import { planBoxes } from './plan-boxes.ts';
import { needsOf, titlesOf } from './siblings.ts';

/*
 * The picture of a plan, and of a run while it grows.
 *
 * 1. Waves are columns, from left to right: every line goes forward.
 * 2. What stands in the plan is placed by the plan alone. What is added later comes to the end of its wave, in the order of the additions: nothing moves.
 * 3. More than eight siblings are one box; the first eight that are added keep their places empty when they become one.
 * 4. The same tasks give the same picture.
 */

/** What is drawn: a plan's tasks and phases, and what was added to it, in that order. */
export interface ToDraw {
  tasks: readonly TaskToDraw[];
  added?: readonly TaskToDraw[];
  phases: readonly Pick<PlanPhase, 'name' | 'executionMode'>[];
}

/** Draws it: linear in tasks and lines but for the sorting. */
export function drawPicture({ tasks, added = [], phases }: ToDraw): Picture {
  const all = [...tasks, ...added];
  const needs = needsOf(all);
  const plan = planBoxes(tasks);
  const planLines = boxLines(tasks, plan.boxOf);
  const placed = layOut({ ...plan, lines: planLines, spares: (box) => asksForMore(plan.boxes[box]!, tasks) });
  const through = new Map(placed.lines.map((line) => [`${line[0]} ${line[1]}`, line]));
  const bands = bandsOf(phases, tasks, { boxOf: plan.boxOf, at: placed.boxes });
  const whole = addBoxes({ tasks: all, needs, plan, placed });
  const lines = boxLines(all, whole.boxOf).map((line) => through.get(`${line[0]} ${line[1]}`) ?? line);
  const agents = [...new Set(all.map(({ agent }) => agent))];
  const agentAt = new Map(agents.map((agent, index) => [agent, index]));
  const taskAt = new Map(all.map(({ id }, index) => [id, index]));
  return {
    ...sizeOf(whole.at),
    ...{ box: pictureSizes.box, phases: bands, agents, needs: needs.lists, lines },
    tasks: all.map(({ id, phase, agent, marks: seen }, index) => {
      return [id, whole.boxOf[index]!, phase ?? -1, agentAt.get(agent)!, needs.of[index]!, seen];
    }),
    boxes: titlesOf(whole.boxes.map((members) => members.map((index) => all[index]!))).map((title, box) => {
      return [whole.at[box]!.x, whole.at[box]!.y, title];
    }),
    path: criticalPath(tasks, new Map()).tasks.map((id) => taskAt.get(id)!),
  };
}

function asksForMore(members: readonly number[], tasks: readonly TaskToDraw[]): boolean {
  return members.some((index) => (tasks[index]!.marks & (marks.planner | marks.script)) !== 0);
}

function sizeOf(at: readonly { x: number; y: number }[]): { width: number; height: number } {
  const { width, height } = pictureSizes.box;
  return {
    width: at.reduce((most, { x }) => Math.max(most, x + width), 0),
    height: at.reduce((most, { y }) => Math.max(most, y + height), 0),
  };
}

function bandsOf(
  phases: ToDraw['phases'],
  tasks: readonly TaskToDraw[],
  { boxOf, at }: { boxOf: readonly number[]; at: readonly { x: number }[] },
): PicturePhase[] {
  return phases.map(({ name, executionMode }, phase) => {
    const xs = tasks.flatMap((task, index) => (task.phase === phase ? [at[boxOf[index]!]!.x] : []));
    const x = xs.reduce((least, each) => Math.min(least, each), Infinity);
    const end = xs.reduce((most, each) => Math.max(most, each + pictureSizes.box.width), -Infinity);
    return { name, executionMode, x: xs.length > 0 ? x : 0, width: xs.length > 0 ? end - x : 0 };
  });
}
