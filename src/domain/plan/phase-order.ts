import type { TaskGraph } from './task-graph.ts';

/** What the order of a plan depends on. */
export interface OrderedTask {
  id: string;
  phase: number | null;
  dependsOn: readonly { task: string }[];
  afterPhase?: number | null;
}

// Ids of tasks hold no `#`.
const phaseMark = '#';

/** Whether a node of {@link toPhaseOrder} is a task, not the end of a phase. */
export function isTaskId(id: string): boolean {
  return !id.startsWith(phaseMark);
}

/** What waits for what, with a node for the end of each phase, so that big phases cost no edge for each pair of tasks. */
export function toPhaseOrder(tasks: readonly OrderedTask[]): TaskGraph {
  const graph = new Map<string, string[]>();
  for (const { id, dependsOn, afterPhase = null } of tasks) {
    const waits = dependsOn.map(({ task }) => task);
    if (afterPhase !== null) waits.push(`${phaseMark}${afterPhase}`);
    graph.set(id, waits);
  }
  const last = tasks.reduce((highest, { afterPhase, phase }) => Math.max(highest, afterPhase ?? -1, phase ?? -1), -1);
  for (let phase = 0; phase <= last; phase++) {
    graph.set(`${phaseMark}${phase}`, phase === 0 ? [] : [`${phaseMark}${phase - 1}`]);
  }
  for (const { id, phase } of tasks) if (phase !== null) graph.get(`${phaseMark}${phase}`)!.push(id);
  return graph;
}
