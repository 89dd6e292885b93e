import {
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  getExternalWorkflowHandle,
  patched,
} from '@temporalio/workflow';
import type { ChildWorkflowOptions, ExternalWorkflowHandle } from '@temporalio/workflow';
import type { AgentTaskProgress, TaskControl, TaskEnd } from '../../contracts/agent-task.ts';
import { workflowTaskTimeout } from '../../domain/run/standstill.ts';
import type { BusyCount } from '../books/busy-count.ts';
import type { RunBooks } from '../books/run-books.ts';
import { finalFailure } from '../base/failures.ts';
import { InOrder } from '../base/in-order.ts';
import { taskControlSignal } from '../base/task-signals.ts';
import type { Attempt } from './attempt.ts';

/** How the workflow of an attempt is started. */
export function childOptions(workflowId: string): Omit<ChildWorkflowOptions, 'args'> {
  return {
    workflowId,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    // A long run goes on as new; its tasks must outlive that.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowTaskTimeout,
  };
}

type ChildOfRun = ChildHandle & { workflowId: string };

/** An attempt in a child that hangs on this execution of the run. */
export function tiedChild(books: RunBooks, child: ChildOfRun, own: Promise<AgentTaskProgress>): Attempt {
  const { busy } = books;
  const { workflowId } = child;
  const { ended, settle } = untilEnded();
  const scope = CancellationScope.current();
  // What it tells last may come before the server's own word.
  const result = Promise.race([own, ended]);
  let isLetGo = false;
  return {
    ...childAttempt(child, { result, busy, scope }),
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

/** One that an execution before started. Its result went to that: it tells its end by signal, and a cancel reaches it by hand. */
export function takeUpChild({ busy }: RunBooks, workflowId: string): Attempt {
  const child = getExternalWorkflowHandle(workflowId);
  const { ended, settle } = untilEnded();
  const scope = CancellationScope.current();
  cancelWith(scope, { child, settle, busy });
  return {
    ...childAttempt(child, { result: ended, busy, scope }),
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

interface ChildHandle {
  signal: (definition: typeof taskControlSignal, control: TaskControl) => Promise<void>;
}

// A child that has just ended cannot be told anything any more, and needs not. What has not gone out when the run goes on as new never does.
function childAttempt(
  child: ChildHandle,
  { result, busy, scope }: { result: Promise<AgentTaskProgress>; busy: BusyCount; scope: CancellationScope },
): Omit<Attempt, 'letGo' | 'moves' | 'end' | 'isTied'> {
  const order = new InOrder();
  const tell = (control: TaskControl): void => {
    const signal = (): Promise<void> => busy.inTurn(() => child.signal(taskControlSignal, control));
    // A child that hears of the resume before the pause stands for good.
    const told = order.next(() => (outlivesCancel(scope) ? scope.run(signal) : signal()));
    void busy.inLine(told).catch(() => undefined);
  };
  return {
    ...{ at: 'child', result, loop: () => null },
    setPaused: (isPaused) => tell({ kind: 'paused', isPaused }),
    limitsChanged: () => tell({ kind: 'limits' }),
    answer: (answer) => tell({ kind: 'answer', answer }),
  };
}

// What people say comes in the scope of the whole workflow. Once that is cancelled nothing goes out from it, and who undoes something has to hear.
function outlivesCancel(scope: CancellationScope): boolean {
  return isShielded(scope) && patched('undoing-hears');
}

/** Whether a cancel of the workflow does not reach it. */
function isShielded({ cancellable, parent }: CancellationScope): boolean {
  return !cancellable || (parent !== undefined && isShielded(parent));
}

function toResult(end: TaskEnd): AgentTaskProgress {
  if (end.kind === 'done') return end.progress;
  if (end.kind === 'cancelled') throw new CancelledFailure('the task was cancelled');
  throw finalFailure(end.type, end.message, end.progress === null ? [] : [end.progress]);
}
