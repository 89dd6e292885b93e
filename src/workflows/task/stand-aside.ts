import type { AgentTaskInput } from '../../contracts/agent-task.ts';
import { standAside } from '../base/activity-proxies.ts';
import { toSummary } from '../base/cosmetics.ts';
import type { RunLink } from './run-link.ts';

/**
 * Stands still between two steps for as long as another task is at work on the same lines, where its run says so (`workspace.on_overlap`).
 *
 * @param step number of the turn, or of a program's session, that it has come to
 * @returns what its agent is told then; null: nobody was in its way
 */
export async function standAsideIfAsked(input: AgentTaskInput, link: RunLink, step: number): Promise<string | null> {
  if (!input.standsAside) return null;
  const { runKey, taskId, attempt, epoch } = input;
  const summary = toSummary(link.titleOf({ text: `${taskId} · is somebody at the same lines?`, isFirst: false }));
  const options = { taskQueue: input.workspaceQueue, summary };
  for (let seen = 0; ;) {
    const found = await link.busy(() =>
      standAside.executeWithOptions({ ...options, ...link.turn?.() }, [{ runKey, taskId, attempt, epoch, step }]),
    );
    if (found === null) return null;
    if ('text' in found) return found.text;
    seen = await link.stand(found.waits, seen);
  }
}
