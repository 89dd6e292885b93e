import type { RunEvent, RunEventBody } from '../../../src/domain/run/run-events.ts';
import { emptyRunState, reduceRun, type RunState } from '../../../src/domain/run/run-state.ts';

const start = Date.parse('2026-11-21T10:00:00.000Z');

/** Events with numbers, a second apart. */
export function numbered(...bodies: RunEventBody[]): RunEvent[] {
  return bodies.map((body, index) => ({ ...body, seq: index + 1, at: new Date(start + index * 1000).toISOString() }));
}

/** The state after these events. */
export function stateAfter(...bodies: RunEventBody[]): RunState {
  return numbered(...bodies).reduce(reduceRun, emptyRunState);
}

/** The beginning of a run with that many tasks, all of them started. */
export function startedRun(tasks: readonly string[]): RunEventBody[] {
  return [
    { type: 'workflow:start', taskCount: tasks.length, name: 'demo' },
    ...tasks.map((taskId) => ({
      type: 'task:added' as const,
      taskId,
      phase: 'Build',
      agentName: 'coder',
      context: taskId,
    })),
    { type: 'phase:start', phase: 'Build', index: 0, mode: 'parallel', taskCount: tasks.length },
    ...tasks.map((taskId) => ({
      type: 'task:start' as const,
      taskId,
      agentName: 'coder',
      description: 'build it',
      attempt: 1,
    })),
  ];
}
