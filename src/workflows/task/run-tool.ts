import { condition, isCancellation } from '@temporalio/workflow';
import type { AgentTaskProgress } from '../../contracts/agent-task.ts';
import type { DoToolResult } from '../../contracts/task-work.ts';
import type { WaitAnswer, WaitRequest } from '../../contracts/waiting.ts';
import { toRequestId } from '../../domain/ids/request-id.ts';
import { turnOf } from '../../domain/scheduling/turn-of.ts';
import { queueOf } from '../../domain/plan/workspace.ts';
import { doTool } from '../base/activity-proxies.ts';
import { toSummary } from '../base/cosmetics.ts';
import { describeFailure, finalFailure } from '../base/failures.ts';
import { insist } from '../base/insist.ts';
import { WaitClock } from '../base/wait-clock.ts';
import { within } from '../base/within.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { WorkItem } from '../books/work-item.ts';

/** What a task that is one call of a tool works with. */
interface Place {
  books: RunBooks;
  wait: (request: WaitRequest) => Promise<WaitAnswer>;
}

/** Makes one attempt of a task that is one call of a tool. @throws ApplicationFailure when it fails, or may not run */
export async function runTool(place: Place, task: WorkItem, attempt: number): Promise<AgentTaskProgress> {
  const clock = new WaitClock();
  const limit = { what: `task ${task.id}`, limitMs: () => task.timeoutMs, waitedMs: () => clock.waitedMs };
  return within(limit, () => callUntilDone(place, task, { attempt, clock }));
}

async function callUntilDone(
  { books, wait }: Place,
  task: WorkItem,
  { attempt, clock }: { attempt: number; clock: WaitClock },
): Promise<AgentTaskProgress> {
  const { runKey, outline, hold } = books;
  const toRest = insist();
  const options = {
    taskQueue: queueOf(outline.workspaceQueue, task.workspace),
    summary: toSummary(`${task.id} · ${task.agent}`),
  };
  for (let isApproved = false; ;) {
    if (hold.pause) {
      hold.idle(task.id);
      await clock.during(() => condition(() => hold.pause === null));
    }
    try {
      const input = { runKey, taskId: task.id, attempt, isApproved };
      const answer = await books.busy.inTurn(
        () => doTool.executeWithOptions({ ...options, ...turnOf(outline.priorities, task.id) }, [input]),
        () => !books.isMoving,
      );
      if (answer.kind === 'done') return answer.progress;
      if (answer.kind === 'failed') throw finalFailure('ToolFailed', answer.reason);
      await clock.during(() => askFirst(wait, { task, attempt }, answer));
      isApproved = true;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const rest = toRest(error);
      if (rest) {
        await rest;
        continue;
      }
      const { type, message } = describeFailure(error);
      throw finalFailure(type, message);
    }
  }
}

async function askFirst(
  wait: Place['wait'],
  { task, attempt }: { task: WorkItem; attempt: number },
  { approval, what, detail }: DoToolResult & { kind: 'ask' },
): Promise<void> {
  const id = toRequestId({ kind: 'tool', taskId: task.id, attempt, turn: 1, toolUseId: 'task' });
  const { outcome, by, text, edit } = await wait({ id, taskId: task.id, cause: 'approval', what, detail, approval });
  if (outcome !== 'approved') throw finalFailure('ToolDenied', `${by} said no: ${text}`);
  if (edit === undefined) return;
  throw finalFailure('ToolDenied', `${by} changed the input, and that of a task stands in the workflow file`);
}
