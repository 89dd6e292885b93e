import { condition } from '@temporalio/workflow';
import type { AgentTaskInput, CarriedLoop, LoopState, AgentTaskProgress } from '../../contracts/agent-task.ts';
import type { RunBooks } from '../books/run-books.ts';
import { executionText } from '../../domain/run/about-task.ts';
import { turnOf } from '../../domain/scheduling/turn-of.ts';
import { restUntil } from '../base/rest-until.ts';
import { standStill, tellStanding, WakeCalls } from '../base/stand-still.ts';
import { WaitClock } from '../base/wait-clock.ts';
import { runAttempt } from './run-attempt.ts';
import type { Attempt, AttemptPlace } from './attempt.ts';
import type { RunLink, ShownStep } from './run-link.ts';

// Its steps stand among those of others there; the first one tells what it is about.
function titleInRun({ taskId, about = '' }: AgentTaskInput, { text, isFirst }: ShownStep): string {
  return `${executionText(taskId)} · ${text}${isFirst && about !== '' ? ` · ${about}` : ''}`;
}

/** An attempt inside of the run. */
export function startInline(
  { books, wait, stands, begin }: AttemptPlace,
  input: AgentTaskInput,
  carried: CarriedLoop | null,
): Attempt {
  const { hold, room } = books;
  const clock = new WaitClock(carried?.waitedMs);
  const startedAt = carried?.startedAt ?? Date.now();
  const queue = restUntil(() => hold.limitChanges + hold.pauses + hold.callsOf(input.taskId));
  const gate = gateOf(books, input.taskId, clock);
  const standing = standingIn({ books, stands }, input.taskId, gate);
  let state: LoopState | null = carried?.state ?? null;
  let isTakenUp = carried !== null;
  const result = runAttempt(input, {
    ...{ from: state, startedAt, titleOf: (step) => titleInRun(input, step) },
    noteState(now) {
      // The turn that is taken up may ask again for what it waited for; the next one does not.
      if (!isTakenUp) room.forget(input.taskId);
      isTakenUp = false;
      standing.calls.clear();
      state = now;
    },
    busy: (work) => books.busy.inTurn(work, () => !books.isMoving),
    gate,
    wait: (request) => clock.during(() => wait(request)),
    rest: restUntil(() => hold.limitChanges),
    queue: (ms, summary) => clock.during(() => queue(ms, summary)),
    begin: async (tasks) => begin(tasks),
    stand: (one, seen) => clock.during(() => standing.stand(one, seen)),
    turn: () => turnOf(books.outline.priorities, input.taskId),
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

function gateOf(books: RunBooks, taskId: string, clock: WaitClock): () => Promise<void> {
  const { hold } = books;
  return async () => {
    while (hold.pause || books.isMoving) {
      if (hold.pause) hold.idle(taskId);
      await clock.during(() => condition(() => hold.pause === null && !books.isMoving));
    }
  };
}

function standingIn(
  { books, stands }: Pick<AttemptPlace, 'books' | 'stands'>,
  taskId: string,
  gate: () => Promise<void>,
) {
  const calls = new WakeCalls();
  books.wakes.set(taskId, calls);
  const telling = tellStanding(async (isStanding) => stands(taskId, isStanding));
  const surroundings = { taskId, calls, pauses: () => books.hold.pauses, gate };
  const stand: RunLink['stand'] = (wait, seen) => telling(() => standStill(surroundings, wait, seen));
  return { calls, stand };
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
