import { setImmediate } from 'node:timers/promises';
import { defaultPayloadConverter } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TaskControl, TaskReport } from '../../src/contracts/agent-task.ts';
import { BusyCount } from '../../src/workflows/books/busy-count.ts';
import type { RunBooks } from '../../src/workflows/books/run-books.ts';
import { RunHold } from '../../src/workflows/books/run-hold.ts';
import type { Crew } from '../../src/workflows/run/crew.ts';
import { LinkToAround } from '../../src/workflows/run/run-around.ts';
import { takeUpChild } from '../../src/workflows/task/child-attempt.ts';

// Workflow code finds it among the globals, where the SDK puts it: before anything of it is loaded.
await vi.hoisted(async () => {
  const { AsyncLocalStorage } = await import('node:async_hooks');
  Object.assign(globalThis, { AsyncLocalStorage });
});
const { Activator } = await import('@temporalio/workflow/lib/internals.js');
const { setActivator } = await import('@temporalio/workflow/lib/global-attributes.js');

/** A workflow, as the SDK holds it, whose signals arrive as Temporal may deliver them: the last of those that are under way first. */
class SentBackwards {
  readonly #activator = new Activator({
    info: { workflowId: 'run', namespace: 'test', unsafe: { isReplaying: false } },
    ...{ now: 0, randomnessSeed: [1], registeredActivityNames: new Set<string>(), getTimeOfDay: () => 0n },
    ...{ showStackTraceSources: false, stackTracesEnabled: false },
  } as unknown as ConstructorParameters<typeof Activator>[0]);

  constructor() {
    this.#activator.workflow = () => Promise.resolve();
    setActivator(this.#activator);
  }

  /** Tells the workflow itself something. */
  hear(control: TaskControl): void {
    void this.#activator.signalWorkflowNextHandler({ signalName: 'taskControl', args: [control], headers: {} });
  }

  /** Delivers until nothing is under way any more. `look` is asked before each signal arrives. @returns what arrived, in its order */
  async deliver<Told>(look: () => void = () => undefined): Promise<Told[]> {
    const heard: Told[] = [];
    for (;;) {
      await setImmediate();
      const { commands } = this.#activator.concludeActivation();
      const signals = (commands ?? []).flatMap(({ signalExternalWorkflowExecution: sent }) => (sent ? [sent] : []));
      if (signals.length === 0) return heard;
      for (const { seq, args } of signals.toReversed()) {
        look();
        heard.push(defaultPayloadConverter.fromPayload<Told>(args![0]!));
        this.#activator.resolveSignalExternalWorkflow({ seq: seq! });
      }
    }
  }
}

describe('what one workflow tells another at once', () => {
  let workflow: SentBackwards;
  beforeEach(() => {
    workflow = new SentBackwards();
  });

  it('reaches a task in its order, and the run does not go on as new before', async () => {
    const busy = new BusyCount();
    const task = takeUpChild({ busy } as RunBooks, 'run/task');
    task.setPaused(true);
    task.setPaused(false);
    task.limitsChanged();
    task.setPaused(true);
    const wasIdle: boolean[] = [];
    const heard = await workflow.deliver<TaskControl>(() => wasIdle.push(busy.isIdle));
    expect(heard).toEqual([
      { kind: 'paused', isPaused: true },
      { kind: 'paused', isPaused: false },
      { kind: 'limits' },
      { kind: 'paused', isPaused: true },
    ]);
    expect(wasIdle).toEqual([false, false, false, false]);
    expect(busy.isIdle).toBe(true);
  });

  const nested = () => {
    const hold = new RunHold(() => undefined);
    const books = { hold, onStatus: null, flush: () => Promise.resolve() } as unknown as RunBooks;
    const link = new LinkToAround(
      { runKey: 'k', runId: 'around', taskId: 't', attempt: 1 },
      { books } as Crew,
      undefined,
    );
    return { hold, link, tellStatus: () => books.onStatus!() };
  };
  const rests = (isResting: boolean): TaskReport => ({ taskId: 't', kind: 'rests', isResting });

  it('reaches the run around it in its order, and a run in it does not go on as new before', async () => {
    const { hold, link, tellStatus } = nested();
    for (const by of [1, -1, 1] as const) {
      hold.wait('a', by);
      tellStatus();
    }
    let hasMoved = false;
    void link.tellMove(true).then(() => (hasMoved = true));
    const moved: boolean[] = [];
    const heard = await workflow.deliver<TaskReport>(() => moved.push(hasMoved));
    expect(heard).toEqual([rests(true), rests(false), rests(true), { taskId: 't', kind: 'moves' }]);
    expect(moved).toEqual([false, false, false, false]);
    expect(hasMoved).toBe(true);
  });

  it('says last how a run stands last, also when it stood still between', async () => {
    const { hold, link, tellStatus } = nested();
    hold.wait('a', 1);
    tellStatus();
    const hear = (isPaused: boolean): void => workflow.hear({ kind: 'paused', isPaused });
    hear(true);
    tellStatus();
    hear(false);
    tellStatus();
    void link.tellMove(false);
    const heard = await workflow.deliver<TaskReport>();
    expect(heard).toEqual([rests(true), { taskId: 't', kind: 'idle' }, rests(false), rests(true)]);
  });
});
