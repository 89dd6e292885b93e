import {
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  startChild,
} from '@temporalio/workflow';
import type { ChildWorkflowOptions, ExternalWorkflowHandle } from '@temporalio/workflow';
import { toChildId, toNestedRunId } from '../../domain/ids/child-id.ts';
import type {
  AgentTask,
  AgentTaskInput,
  AgentTaskProgress,
  CarriedLoop,
  LoopState,
  TaskControl,
  TaskEnd,
} from '../../contracts/agent-task.ts';
import type { OrchestrateInput } from '../../contracts/orchestrate-input.ts';
import type { CarriedAttempt } from '../../contracts/carried-run.ts';
import type { WaitAnswer, WaitRequest } from '../../contracts/waiting.ts';
import { aboutPrompt, executionText } from '../../domain/run/about-task.ts';
import { queueOf } from '../../domain/plan/workspace.ts';
import { workflowTaskTimeout } from '../../domain/run/standstill.ts';
import { isRunResult, nestedFailure, progressOfRun, whyNotDone } from '../../domain/run/run-end.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { runAgent } from './agent-loop.ts';
import { runTool } from './run-tool.ts';
import type { ShownStep } from './run-link.ts';
import type { BusyCount } from '../books/busy-count.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { WorkItem } from '../books/work-item.ts';
import { quoted, toSummary } from '../base/cosmetics.ts';
import { describeFailure, finalFailure } from '../base/failures.ts';
import { restUntil } from '../base/rest-until.ts';
import { taskControlSignal } from '../base/task-signals.ts';
import { WaitClock } from '../base/wait-clock.ts';

/** Asks whoever can answer, and waits for that. */
export type AskFor = (request: WaitRequest) => Promise<WaitAnswer>;

/** Where an attempt belongs. */
interface Place {
  books: RunBooks;
  wait: AskFor;
}

/** An attempt in the making. */
export interface Attempt {
  at: 'child' | 'inline';
  result: Promise<AgentTaskProgress>;
  /** Tells it that the run is paused, or goes on. */
  setPaused: (isPaused: boolean) => void;
  /** Tells it that the run has other limits. */
  limitsChanged: () => void;
  /** Tells it what it waited for. */
  answer: (answer: WaitAnswer) => void;
  /** Has a child report its end by signal, as the run goes on as new; one that has ended by now is waited for. False: it knows already. */
  letGo: () => Promise<boolean>;
  /** Whether it is a child that {@link letGo} has something to tell. */
  isTied: () => boolean;
  /** It goes on as new, as its own signal says. */
  moves: () => void;
  /** It has come to its end, as its own signal says. */
  end: (end: TaskEnd) => void;
  /** Where its loop stands, if it is one of the run itself. */
  loop: () => CarriedLoop | null;
}

/** Id of the workflow that makes an attempt, if one does. */
export function childIdOf(runId: string, { id, work }: WorkItem, attempt: number): string {
  return work === 'workflow' ? toNestedRunId(runId, id, attempt) : toChildId(runId, id, attempt);
}

/** Starts an attempt, or takes one up: in a child workflow with a history of its own, or inside of the run's, as the plan's limits say. */
export async function startAttempt(
  place: Place,
  task: WorkItem,
  { attempt, carried }: { attempt: number; carried: CarriedAttempt | null },
): Promise<Attempt> {
  const { books } = place;
  if (task.work === 'tool') return inRun(runTool(place, task, attempt));
  if (task.work === 'workflow') return startRun(books, task, { attempt, carried });
  const { outline, runKey, runId } = books;
  const { model: usual, maxTurns } = outline.agents[task.agent]!;
  const model = task.model ?? usual;
  const input: AgentTaskInput = {
    ...{ runKey, runId, taskId: task.id, attempt, epoch: 0, agent: task.agent, model, maxTurns },
    ...{ context: task.context, phase: task.phase, prompt: task.prompt, timeoutMs: task.timeoutMs },
    ...{ head: books.heads.of(task.context), workspaceQueue: queueOf(outline.workspaceQueue, task.workspace) },
    waitsForBudget: outline.limits.onExceeded === 'pause',
    hasManager: outline.manager !== null && outline.manager !== task.agent,
    ...(task.output && { output: task.output }),
    ...(books.moveAfterEvents !== undefined && { moveAfterEvents: books.moveAfterEvents }),
  };
  const about = task.about ?? (task.prompt === null ? '' : aboutPrompt(task.prompt));
  if (outline.limits.tasks === 'inline') return startInline(place, { ...input, about }, carried?.loop ?? null);
  const workflowId = toChildId(books.runId, task.id, attempt);
  if (carried?.at === 'child') return takeUpChild(books, workflowId);
  const options = { ...childOptions(workflowId), args: [input] as [AgentTaskInput], ...shownOf(input, about) };
  const child = await startChild<AgentTask>('agentTask', options);
  return tiedChild(books, child, child.result());
}

// A whole run as a child: its plan, and what it is asked, stand in the store.
async function startRun(
  books: RunBooks,
  task: WorkItem,
  { attempt, carried }: { attempt: number; carried: CarriedAttempt | null },
): Promise<Attempt> {
  const { runKey, runId, moveAfterEvents } = books;
  const workflowId = childIdOf(runId, task, attempt);
  if (carried?.at === 'child') return takeUpChild(books, workflowId);
  const within = { runKey, runId, taskId: task.id, attempt };
  const input: OrchestrateInput = { within, ...(moveAfterEvents !== undefined && { moveAfterEvents }) };
  const staticSummary = toSummary(`${executionText(task.id)} · ${task.agent}`);
  const child = await startChild<Orchestrate>('orchestrate', {
    ...{ ...childOptions(workflowId), args: [input], staticSummary },
    ...(task.about && { staticDetails: quoted(task.about) }),
  });
  return tiedChild(books, child, child.result().then(doneOrThrow, refuseFailed));
}

function childOptions(workflowId: string): Omit<ChildWorkflowOptions, 'args'> {
  return {
    workflowId,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    // A long run goes on as new; its tasks must outlive that.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowTaskTimeout,
  };
}

function doneOrThrow(result: RunResult): AgentTaskProgress {
  if (result.status === 'succeeded') return progressOfRun(result);
  throw finalFailure(nestedFailure, whyNotDone(result), [progressOfRun(result)]);
}

function refuseFailed(error: unknown): never {
  if (isCancellation(error)) throw error;
  const { type, message, details } = describeFailure(error);
  const [result] = details;
  if (isRunResult(result)) doneOrThrow(result);
  throw finalFailure(type, message);
}

type ChildOfRun = ChildHandle & { workflowId: string };

function tiedChild(books: RunBooks, child: ChildOfRun, own: Promise<AgentTaskProgress>): Attempt {
  const { busy } = books;
  const { workflowId } = child;
  const { ended, settle } = untilEnded();
  const scope = CancellationScope.current();
  // What it tells last may come before the server's own word.
  const result = Promise.race([own, ended]);
  let isLetGo = false;
  return {
    ...childAttempt(child, { result, busy }),
    moves: () => cancelWith(scope, { child: getExternalWorkflowHandle(workflowId), settle, busy }),
    end: settle,
    isTied: () => !isLetGo,
    async letGo() {
      if (isLetGo) return false;
      isLetGo = true;
      await child.signal(taskControlSignal, { kind: 'on-your-own' }).catch(() => result.catch(() => undefined));
      return true;
    },
  };
}

// What the Web UI shows of a child workflow, without a worker too.
function shownOf({ taskId, agent, phase, context }: AgentTaskInput, about: string) {
  const conversation = taskId === context ? [] : [`in ${context}`];
  const staticSummary = toSummary(
    [executionText(taskId), agent, ...(phase === null ? [] : [phase]), ...conversation].join(' · '),
  );
  return { staticSummary, ...(about !== '' && { staticDetails: quoted(about) }) };
}

// Its result went to an execution that is over: it tells its end by signal, and a cancel reaches it by hand.
function takeUpChild({ busy }: RunBooks, workflowId: string): Attempt {
  const child = getExternalWorkflowHandle(workflowId);
  const { ended, settle } = untilEnded();
  cancelWith(CancellationScope.current(), { child, settle, busy });
  return {
    ...childAttempt(child, { result: ended, busy }),
    moves: () => undefined,
    isTied: () => false,
    letGo: async () => false,
    end: settle,
  };
}

// A cancel of the scope reaches it by its id, whichever execution of it is at work.
function cancelWith(
  scope: CancellationScope,
  { child, settle, busy }: { child: ExternalWorkflowHandle; settle: (end: TaskEnd) => void; busy: BusyCount },
): void {
  const cancel = (): Promise<void> =>
    // One that is not there any more cannot tell its end.
    CancellationScope.nonCancellable(() => busy.inTurn(() => child.cancel())).catch(() =>
      settle({ kind: 'cancelled' }),
    );
  scope.cancelRequested.catch(() => void cancel());
}

function untilEnded(): { ended: Promise<AgentTaskProgress>; settle: (end: TaskEnd) => void } {
  let settle: (end: TaskEnd) => void = () => undefined;
  const told = new Promise<TaskEnd>((resolve) => (settle = resolve));
  return { ended: told.then(toResult), settle };
}

/** Workflow `orchestrate`. */
type Orchestrate = (input: OrchestrateInput) => Promise<RunResult>;

interface ChildHandle {
  signal: (definition: typeof taskControlSignal, control: TaskControl) => Promise<void>;
}

// A child that has just ended cannot be told anything any more, and needs not. What has not gone out when the run goes on as new never does.
function childAttempt(
  child: ChildHandle,
  { result, busy }: { result: Promise<AgentTaskProgress>; busy: BusyCount },
): Omit<Attempt, 'letGo' | 'moves' | 'end' | 'isTied'> {
  const tell = (control: TaskControl): void =>
    void busy.inTurn(() => child.signal(taskControlSignal, control)).catch(() => undefined);
  return {
    ...{ at: 'child', result, loop: () => null },
    setPaused: (isPaused) => tell({ kind: 'paused', isPaused }),
    limitsChanged: () => tell({ kind: 'limits' }),
    answer: (answer) => tell({ kind: 'answer', answer }),
  };
}

function toResult(end: TaskEnd): AgentTaskProgress {
  if (end.kind === 'done') return end.progress;
  if (end.kind === 'cancelled') throw new CancelledFailure('the task was cancelled');
  throw finalFailure(end.type, end.message, end.progress === null ? [] : [end.progress]);
}

// Its steps stand among those of others there; the first one tells what it is about.
function titleInRun({ taskId, about = '' }: AgentTaskInput, { text, isFirst }: ShownStep): string {
  return `${executionText(taskId)} · ${text}${isFirst && about !== '' ? ` · ${about}` : ''}`;
}

function startInline({ books, wait }: Place, input: AgentTaskInput, carried: CarriedLoop | null): Attempt {
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

// What is at work in the run itself hears of it by itself.
function inRun(result: Promise<AgentTaskProgress>): Attempt {
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
