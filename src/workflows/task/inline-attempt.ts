import { condition } from '@temporalio/workflow';
import type { AgentTaskInput, CarriedLoop, LoopState, AgentTaskProgress } from '../../contracts/agent-task.ts';
import { executionText } from '../../domain/run/about-task.ts';
import type { RunBooks } from '../books/run-books.ts';
import { restUntil } from '../base/rest-until.ts';
import { WaitClock } from '../base/wait-clock.ts';
import { runAgent } from './agent-loop.ts';
import type { AskFor, Attempt } from './attempt.ts';
import type { ShownStep } from './run-link.ts';

// Its steps stand among those of others there; the first one tells what it is about.
function titleInRun({ taskId, about = '' }: AgentTaskInput, { text, isFirst }: ShownStep): string {
  return `${executionText(taskId)} · ${text}${isFirst && about !== '' ? ` · ${about}` : ''}`;
}

/** An attempt inside of the run. */
export function startInline(
  { books, wait }: { books: RunBooks; wait: AskFor },
  input: AgentTaskInput,
  carried: CarriedLoop | null,
): Attempt {
  const { hold, room } = books;
  const clock = new WaitClock(carried?.waitedMs);
  const startedAt = carried?.startedAt ?? Date.now();
  const queue = restUntil(() => hold.limitChanges + hold.pauses + hold.callsOf(input.taskId));
  let state: LoopState | null = carried?.state ?? null;
  let isTakenUp = carried !== null;
  const result = runAgent(input, {
    ...{ from: state, startedAt, titleOf: (step) => titleInRun(input, step) },
    noteState(now) {
      // The turn that is taken up may ask again for what it waited for; the next one does not.
      if (!isTakenUp) room.forget(input.taskId);
      isTakenUp = false;
      state = now;
    },
    busy: (work) => books.busy.inTurn(work, () => !books.isMoving),
    async gate() {
      while (hold.pause || books.isMoving) {
        if (hold.pause) hold.idle(input.taskId);
        await clock.during(() => condition(() => hold.pause === null && !books.isMoving));
      }
    },
    wait: (request) => clock.during(() => wait(request)),
    rest: restUntil(() => hold.limitChanges),
    queue: (ms, summary) => clock.during(() => queue(ms, summary)),
    waitedMs: () => clock.waitedMs,
    onTurn(progress) {
      const task = books.tasks.get(input.taskId);
      if (task) task.progress = progress;
    },
  });
  return {
    ...inRun(result),
    loop: () => state && { startedAt, waitedMs: clock.waitedMs, state },
  };
}

/** What is at work in the run itself hears of everything by itself. */
export function inRun(result: Promise<AgentTaskProgress>): Attempt {
  return {
    ...{ at: 'inline', result, setPaused: () => undefined, limitsChanged: () => undefined, answer: () => undefined },
    ...{
      isTied: () => false,
      letGo: async () => false,
      moves: () => undefined,
      end: () => undefined,
      loop: () => null,
    },
  };
}
