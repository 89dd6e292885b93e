import {
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { WaitAnswer } from '../contracts/waiting.ts';
import type { RunLink } from './task/run-link.ts';
import { LoopMoves } from './task/run-link.ts';
import type {
  AgentTask,
  AgentTaskInput,
  AgentTaskProgress,
  CarriedLoop,
  CarriedTaskRun,
  LoopState,
  TaskControl,
  TaskEnd,
  TaskReport,
} from '../contracts/agent-task.ts';
import { runAttempt } from './task/run-attempt.ts';
import { InOrder } from './base/in-order.ts';
import { restUntil } from './base/rest-until.ts';
import { standStill, tellStanding, WakeCalls } from './base/stand-still.ts';
import { describeFailure } from './base/failures.ts';
import type { Shape } from './base/check-input.ts';
import { checkInput } from './base/check-input.ts';
import { taskControlSignal, taskReportSignal } from './base/task-signals.ts';
import { WaitClock } from './base/wait-clock.ts';
import { declareVersioning } from './base/versioning.ts';
import { tableCost } from '../domain/format.ts';
import { historyLimits, isLong, withEvents } from '../domain/run/long-history.ts';
import { showDetails } from './base/show-details.ts';

const shape: Shape = {
  ...{ runKey: 'text', runId: 'text', taskId: 'text', agent: 'text', model: 'text', context: 'text' },
  ...{ attempt: 'number', epoch: 'number', maxTurns: 'number', timeoutMs: 'number or null' },
};

/**
 * Drives one agent through one task, turn by turn, until it ends its turn.
 *
 * Started by `orchestrate` as a child; the conversation outlives it, so a later task can go on with it. With a long history it goes on as new
 * between two turns, which its run is told once: a cancel goes by the task's id from then on.
 *
 * @throws ApplicationFailure of a type of `failureTypes`, with {@link AgentTaskProgress} as its detail; never retryable here
 */
export async function agentTask(input: AgentTaskInput): Promise<AgentTaskProgress> {
  checkInput('agentTask', input, shape);
  const { link, tellEnd, toNext } = linkToRun(input);
  try {
    const progress = await runAttempt(input, link);
    await tellEnd({ kind: 'done', progress });
    return progress;
  } catch (error) {
    const next = error instanceof LoopMoves ? await toNext(error.state) : null;
    if (next) return continueAsNew<typeof agentTask>(next);
    const reason = error instanceof LoopMoves ? new CancelledFailure('cancelled') : error;
    await tellEnd(toEnd(reason));
    throw reason;
  }
}

function toEnd(error: unknown): TaskEnd {
  if (isCancellation(error)) return { kind: 'cancelled' };
  const { type, message, details } = describeFailure(error);
  return { kind: 'failed', type, message, progress: (details[0] as AgentTaskProgress | undefined) ?? null };
}

interface LinkToRun {
  link: RunLink;
  tellEnd: (end: TaskEnd) => Promise<void>;
  /** Tells the run that the task goes on as new. @returns the input of the next execution; null: it was cancelled meanwhile */
  toNext: (state: LoopState) => Promise<AgentTaskInput | null>;
}

// The run is another workflow: it is told by signal, and answers by signal.
function linkToRun(input: AgentTaskInput): LinkToRun {
  const { taskId, runId } = input;
  const carried = carriedOf(input);
  const heard = hearRun(carried);
  const { state: from = null, startedAt = Date.now(), waitedMs } = carried?.loop ?? input.from ?? {};
  const clock = new WaitClock(waitedMs);
  const queue = restUntil(() => heard.limitChanges + heard.pauses);
  const report = (told: TaskReport): Promise<void> => getExternalWorkflowHandle(runId).signal(taskReportSignal, told);
  const gate = async (): Promise<void> => {
    while (heard.isPaused) {
      await report({ taskId, kind: 'idle' });
      await clock.during(() => condition(() => !heard.isPaused));
    }
  };
  const surroundings = { taskId, calls: heard.calls, pauses: () => heard.pauses, gate };
  const standing = standingIn(taskId, report);
  const link: RunLink = {
    ...{ from, startedAt, titleOf: ({ text }) => text },
    noteState(state) {
      if (isTimeToMove(input)) throw new LoopMoves(state);
      heard.calls.clear();
    },
    busy: (work) => work(),
    gate,
    async wait(request) {
      await report({ taskId, kind: 'wait', request });
      await clock.during(() => condition(() => heard.answers.has(request.id)));
      return takeAnswer(heard, request.id);
    },
    rest: restUntil(() => heard.limitChanges),
    queue: (ms, summary) => clock.during(() => queue(ms, summary)),
    begin: (tasks) => report({ taskId, kind: 'begins', tasks }),
    stand: (wait, seen) => clock.during(() => standing(() => standStill(surroundings, wait, seen))),
    waitedMs: () => clock.waitedMs,
    onTurn: showTurns(input),
  };
  const toNext: LinkToRun['toNext'] = (state) =>
    moveOn(input, { heard, loop: { startedAt, waitedMs: clock.waitedMs, state } });
  return { link, tellEnd: (end) => tellEnd(input, heard, end), toNext };
}

// A run that hears last that it stands still gives its place away for good.
function standingIn(taskId: string, report: (told: TaskReport) => Promise<void>): ReturnType<typeof tellStanding> {
  const order = new InOrder();
  return tellStanding((isStanding) => order.next(() => report({ taskId, kind: 'stands', isStanding })));
}

function takeAnswer({ answers }: Heard, id: string): WaitAnswer {
  const answer = answers.get(id)!;
  answers.delete(id);
  return answer;
}

async function tellEnd({ taskId, runId, attempt }: AgentTaskInput, heard: Heard, end: TaskEnd): Promise<void> {
  if (!heard.isOnItsOwn) return;
  const told: TaskReport = { taskId, kind: 'ended', attempt, end };
  const tell = () => getExternalWorkflowHandle(runId).signal(taskReportSignal, told);
  // A run that is over needs not know.
  await CancellationScope.nonCancellable(tell).catch(() => undefined);
}

// See `LinkToRun`.
async function moveOn(
  input: AgentTaskInput,
  { heard, loop }: { heard: Heard; loop: CarriedLoop },
): Promise<AgentTaskInput | null> {
  const { taskId, runId } = input;
  const told: TaskReport = { taskId, kind: 'moves' };
  const tell = () => getExternalWorkflowHandle(runId).signal(taskReportSignal, told);
  // A run that is over needs not know.
  if (!carriedOf(input) && !heard.isOnItsOwn) await CancellationScope.nonCancellable(tell).catch(() => undefined);
  if (CancellationScope.current().consideredCancelled) return null;
  return { ...input, carried: { loop, isPaused: heard.isPaused, isOnItsOwn: heard.isOnItsOwn } };
}

// Only an execution before this one can have carried anything; whoever starts a task cannot.
function carriedOf({ carried }: AgentTaskInput): CarriedTaskRun | null {
  return workflowInfo().continuedFromExecutionRunId === undefined ? null : (carried ?? null);
}

// One that is being cancelled comes to its end here. Tasks from before this was asked move when nothing of their history is replayed any more.
function isTimeToMove({ moveAfterEvents }: AgentTaskInput): boolean {
  if (!isLong(workflowInfo(), withEvents(historyLimits, moveAfterEvents))) return false;
  return !CancellationScope.current().consideredCancelled && patched('task-goes-on-as-new');
}

/** What the run has told its task so far. */
interface Heard {
  answers: Map<string, WaitAnswer>;
  calls: WakeCalls;
  isPaused: boolean;
  pauses: number;
  limitChanges: number;
  /** Whether the execution that started it is gone: its end is told by signal. */
  isOnItsOwn: boolean;
}

function hearRun(carried: CarriedTaskRun | null): Heard {
  const { isPaused, isOnItsOwn } = carried ?? { isPaused: false, isOnItsOwn: false };
  const empty = { answers: new Map(), calls: new WakeCalls(), pauses: 0, limitChanges: 0 };
  const heard: Heard = { ...empty, isPaused, isOnItsOwn };
  const hear = (control: TaskControl): void => {
    if (control.kind === 'paused') {
      heard.isPaused = control.isPaused;
      if (control.isPaused) heard.pauses++;
    } else if (control.kind === 'answer') heard.answers.set(control.answer.id, control.answer);
    else if (control.kind === 'limits') heard.limitChanges++;
    else if (control.kind === 'woken') heard.calls.call(control.key);
    else heard.isOnItsOwn = true;
  };
  setHandler(taskControlSignal, hear);
  return heard;
}

function showTurns(input: AgentTaskInput): RunLink['onTurn'] {
  let shown: Parameters<RunLink['onTurn']> | null = null;
  showDetails(() => (shown ? toDetails(input, ...shown) : ''));
  return (progress, last) => (shown = [progress, last]);
}

function toDetails(input: AgentTaskInput, progress: AgentTaskProgress, turn: Parameters<RunLink['onTurn']>[1]): string {
  const last = turn.tools || turn.stop;
  return [
    `### ${input.agent} in ${input.context}`,
    '',
    '| turns | tokens | cost |',
    '| ---: | ---: | ---: |',
    `| ${progress.turns} | ${progress.tokens} | ${tableCost(progress)} |`,
    '',
    `Last step: ${last.replace(/[|`]/g, ' ')}`,
  ].join('\n');
}

// Short enough to end on the version that it began on; a run moves on (see docs/operations.md).
declareVersioning('PINNED', agentTask satisfies AgentTask);
