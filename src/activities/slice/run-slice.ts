/*
 * A slice of a run: tasks that are ready, and those inside of their phase that become ready by them, done by one worker in one activity.
 *
 * S1 Every row is written by the statements that write it for a task in a workflow of its own: a repetition finds verdicts, turns and tools in
 *    the journal, and pays for nothing again.
 * S2 What needs the workflow (a slow tool, a person, a limit, a failure, tasks that are added) is left to it, as the loop stood before.
 * S3 It is over when nothing new has begun for a while, after so many turns, as soon as its worker begins to stop, or when one of its tasks
 *    needs the workflow: then nothing begins any more, and what is at work stops before its next turn. What becomes ready in it and needs the
 *    workflow is left to it, and does not end it.
 * S4 The store hears of an end before anything that depends on it begins.
 * S5 A cancel, which is the run's own, ends it with all that is at work. Whom a person gives up, the store says (`listGivenUp`): they end, and
 *    nobody else.
 */
import { performance } from 'node:perf_hooks';
import type { InnerReport } from '../../contracts/agent-task.ts';
import type { BegunTask, EndedTask } from '../../contracts/progress.ts';
import type { SlicedAttempt, SlicedEnd, SliceInput, SliceResult } from '../../contracts/slice.ts';
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { longestSliceMs, mostTurns, quietMs } from '../../domain/turns/slice-bounds.ts';
import { isCancelRequested, letCancelGoFirst, withHeartbeat } from '../base/activity-context.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { recordProgress } from '../run/record-progress.ts';
import { refuseOtherModel } from '../turn/call-model.ts';
import type { TurnDependencies } from '../turn/turn.ts';
import { Followers, type Following } from './followers.ts';
import { hearGivenUp } from './hear-given-up.ts';
import { AttemptAtWork } from './sliced-attempt.ts';

/** Does tasks of a run, as far as they need nobody else. `isRepeated`: somebody may have begun it before. */
export async function runSlice(
  dependencies: TurnDependencies,
  run: FrozenRun,
  input: SliceInput,
  isRepeated: boolean,
): Promise<SliceResult> {
  refuseOtherModel(dependencies, run);
  await letCancelGoFirst(run.runId);
  return withHeartbeat((signal) => {
    const followers = input.follow ? new Followers(run, input, input.follow) : null;
    return new Slice({ dependencies, run, signal, isRepeated, followers }).run(input.tasks);
  });
}

interface SliceParts {
  dependencies: TurnDependencies;
  run: FrozenRun;
  signal: AbortSignal;
  isRepeated: boolean;
  followers: Followers | null;
}

class Slice {
  readonly #parts: SliceParts;
  #ends: SlicedEnd[] = [];
  readonly #reports: InnerReport[] = [];
  readonly #atWork = new Map<string, AttemptAtWork>();
  #unwritten: { events: RunEventDraft[]; ended: EndedTask[] } = { events: [], ended: [] };
  readonly #beganAt = performance.now();
  #lastBeganAt = this.#beganAt;
  #turns = 0;
  /** S3 */
  #isClosing = false;
  #failure: { error: unknown } | null = null;
  #wake: () => void = () => undefined;

  constructor(parts: SliceParts) {
    this.#parts = parts;
  }

  async run(tasks: readonly SlicedAttempt[]): Promise<SliceResult> {
    const { dependencies, run, signal } = this.#parts;
    const fail = (error: unknown): void => this.#fail(error);
    // S5
    const hearing = hearGivenUp(dependencies.store, run, { signal, atWork: this.#atWork, fail });
    try {
      for (const task of tasks) this.#begin(task);
      for (;;) {
        const news = new Promise<void>((resolve) => (this.#wake = resolve));
        const hasBegun = await this.#step();
        if (this.#atWork.size > 0) await news;
        else if (!hasBegun && this.#unwritten.ended.length === 0) break;
      }
    } finally {
      hearing.isOver();
    }
    if (this.#failure) throw this.#failure.error;
    // Another worker goes on with what this one was made to leave.
    if (signal.aborted && !isCancelRequested()) throw signal.reason;
    return { ends: this.#ends, ...(this.#reports.length > 0 && { reports: this.#reports }) };
  }

  #isOver(): boolean {
    const now = performance.now();
    const isTime = now - this.#lastBeganAt > quietMs || now - this.#beganAt > longestSliceMs;
    const { signal, dependencies } = this.#parts;
    if (isTime || this.#turns >= mostTurns || signal.aborted || dependencies.isStopping()) this.#isClosing = true;
    return this.#isClosing;
  }

  // S4: what has ended is written with what begins by it. Returns whether something has begun.
  async #step(): Promise<boolean> {
    const { followers } = this.#parts;
    const next = this.#isOver() || !followers ? { ready: [], events: [] } : followers.step();
    try {
      const begun = await this.#write(next.ready, next.events);
      const answers = new Map(begun.map((one) => [one.id, one]));
      return next.ready.map((one) => this.#follow(one, answers.get(one.begin.id))).includes(true);
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  async #write(ready: readonly Following[], told: readonly RunEventDraft[]): Promise<BegunTask[]> {
    const { dependencies, run } = this.#parts;
    const { ended } = this.#unwritten;
    const events = [...this.#unwritten.events, ...told];
    if (ready.length + events.length + ended.length === 0) return [];
    this.#unwritten = { events: [], ended: [] };
    const begin = ready.map(({ begin: one }) => one);
    const step = { runKey: run.runKey, events, begin, ended, isOfSlice: true as const };
    const { begun, reports, givenUp = [] } = await recordProgress(dependencies.store, run, step);
    this.#ends = this.#ends.filter(({ taskId }) => !givenUp.includes(taskId));
    if (givenUp.length > 0) this.#isClosing = true;
    if (reports) {
      this.#reports.push(...reports);
      this.#isClosing = true;
    }
    return begun;
  }

  #follow(following: Following, begun: BegunTask | undefined): boolean {
    const followers = this.#parts.followers!;
    // What is not to begin is the workflow's to tell: the store gives it the same answer. Of what was given up it knows.
    if (begun?.verdict !== 'start' || begun.asks) {
      followers.leave(following.begin.id);
      return false;
    }
    followers.begin(following.begin.id);
    this.#lastBeganAt = performance.now();
    this.#begin(followers.attemptOf(following), begun);
    return true;
  }

  #begin(task: SlicedAttempt, begun?: SlicedEnd['begun']): void {
    const { dependencies, run, isRepeated } = this.#parts;
    const { taskId, attempt, startedAt } = task;
    const work = new AttemptAtWork(task, { dependencies, run, isRepeated });
    this.#atWork.set(taskId, work);
    void work
      .work(
        () => !this.#isOver(),
        (count) => (this.#turns += count),
      )
      .then((outcome) => this.#end(task, { taskId, attempt, startedAt, outcome, ...(begun && { begun }) }))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#atWork.delete(taskId);
        this.#wake();
      });
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#isClosing = true;
  }

  #end(task: SlicedAttempt, end: SlicedEnd): void {
    this.#ends.push(end);
    const { outcome } = end;
    if (outcome.kind !== 'done') {
      // S2; one whose slice is over left for that.
      this.#isClosing = true;
      return;
    }
    const { progress, durationMs } = outcome;
    const { head, turns, tokens: tokensUsed, costUsd } = progress;
    const { taskId, attempt, agent, context } = task;
    const told = { taskId, agentName: agent, success: true, status: 'succeeded', duration: durationMs } as const;
    const counted = { tokensUsed, costUsd, turns };
    const key = `complete/${toAttemptId(taskId, attempt)}`;
    this.#unwritten.events.push({ key, type: 'task:complete', ...told, ...counted });
    const kept = { status: 'succeeded', durationMs, attempts: attempt, error: null } as const;
    this.#unwritten.ended.push({ id: taskId, agent, context, head, ...kept });
    // What it added begins before what waits for it, and the workflow alone adds.
    if (progress.added.length > 0) this.#isClosing = true;
    else this.#parts.followers?.end(taskId, { context, head });
  }
}
