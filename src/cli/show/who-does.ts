import type { TaskState } from '../../domain/run/task-state.ts';

/** Who does a task: its agent and, where the plan has a pool, the member with its track before it. */
export function whoDoes({ agent, member, track }: Pick<TaskState, 'agent' | 'member' | 'track'>): string {
  return [member, track, agent].filter((name) => name !== undefined && name !== '').join(' · ');
}
