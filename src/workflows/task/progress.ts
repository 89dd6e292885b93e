import type { AgentTaskProgress } from '../../contracts/agent-task.ts';

/** How far an attempt has come, apart from what goes on meanwhile. */
export function copyOf(progress: AgentTaskProgress): AgentTaskProgress {
  return { ...progress, added: [...progress.added] };
}
