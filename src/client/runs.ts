import type { Wait } from '../domain/run/waits.ts';
import type { ComparedRuns } from '../domain/evaluation/compare-runs.ts';
import type { EvaluationReport } from '../domain/evaluation/evaluation.ts';
import type { RunLabels } from '../domain/run-labels.ts';
import type { RunResult } from '../domain/run/run-result.ts';
import type { TemporalTarget } from '../domain/temporal-target.ts';
import type { RunPriority } from '../domain/run-priority.ts';
import type { ManyReport, StartManyOptions } from './bulk/many.ts';
import type { Run } from './run.ts';
import type { LaunchOptions, StartOptions } from './start-options.ts';
import type { Schedules } from './schedules/schedules.ts';
import type { PlanEdits } from './start/plan-edits.ts';

/** How a run goes on from an earlier one. */
export interface FromRunOptions extends LaunchOptions {
  /** Who wants it, for the record. */
  by?: string;
}

/** What is done anew; neither: every task that failed. */
export interface RetryOptions extends FromRunOptions {
  /** This task alone. */
  task?: string;
  /** This task, and all that depends on it. */
  from?: string;
}

/** What a fork changes. */
export interface ForkOptions extends FromRunOptions {
  /** Checkpoint, up to which everything is used again, or task, done anew with all after it; default: all that is unchanged is used again. */
  from?: string;
  /** Changes of the plan: `{ 'prompt.review': 'Be brief.', 'model.coder': 'claude-haiku-4-5', 'limits.usd': '2' }`. */
  set?: PlanEdits;
  /** Folder that the new run works in; default: that of the earlier one. */
  workspace?: string;
  /** Works in a git worktree with the checkpoint's files: its folder, or true: one beside the repository. */
  worktree?: string | true;
}

/** How a run is evaluated. */
export interface EvaluateOptions {
  /** Anew, also where it was evaluated before. */
  again?: boolean;
}

/** Which runs. */
export interface RunFilter {
  /**
   * As {@link RunEntry.status} says it, or one of several; `open`: any of what has not ended, `ended`: any of what has,
   * `attention`: what waits for a person.
   */
  status?: string | readonly string[];
  workflow?: string;
  /** Has all of these. */
  labels?: RunLabels;
  /** Each word of it stands in the id, the workflow's name, the labels or the reason, whatever the case. */
  search?: string;
  /** Of the schedule of that name. */
  schedule?: string;
  /** Began then or later: a Date or ISO 8601 with its zone. */
  since?: Date | string;
  /** Began before that. */
  until?: Date | string;
  /** At most so many, newest first; default: 50. */
  limit?: number;
}

/** Which page of a list of runs. */
export interface RunPageFilter extends RunFilter {
  /** The `next` of the page before; left out: the first one. At most 200 runs (`limit`) are on one. */
  cursor?: string;
}

/** A page of a list of runs. */
export interface RunPage {
  /** Newest first. With a `status` that only Temporal or a worker knows there may be fewer than `limit`, and more behind them. */
  runs: RunEntry[];
  /** What the next page is asked for with; null: this was the last one. */
  next: string | null;
}

/** One line of a list of runs. Times are ISO 8601. */
export interface RunEntry {
  runId: string;
  workflow: string;
  /** As the run says, or `parked`, or how Temporal ended it, such as `terminated`. */
  status: string;
  reason: string | null;
  board: string;
  workspace: string;
  startedAt: string;
  endedAt: string | null;
  /** What the run's result says as `summary.totalDuration`; so far, while it has none. */
  durationMs: number;
  costUsd: number;
  /** It called, or while it lives may call, models whose price nobody knows: that is not in `costUsd`. Left out: it did not. */
  isUncounted?: true;
  totalTokens: number;
  /** Run that it goes on from; null: none. */
  from: { run: string; kind: 'retry' | 'fork' | 'reuse' } | null;
  /** Run that it is a task of. Left out: it is a run by itself. */
  parent?: { run: string; task: string };
  /** The schedule that started it. Left out: none did. */
  schedule?: string;
  /** When it is to start, of a run that is `queued`. Left out: it has started. */
  startsAt?: string;
  /** Of a run that is `queued`: see {@link TurnOptions}. */
  priority?: RunPriority;
  /** What people find it by. Left out: nothing. */
  labels?: RunLabels;
}

/** Something that waits for a person, and in which run. `command` answers it on a terminal. */
export type WaitingEntry = Wait & { runId: string; command: string };

/** What a rollback did. `left`: what could not be undone, and why. */
export interface Rollback {
  runId: string;
  undone: string[];
  left: { task: string; error: string | null }[];
  /** The result that the run has from then on; null: it never had one. */
  result: RunResult | null;
}

/**
 * Starts, finds and compares runs. Get one with {@link connect}. `TemporalClient`: what `temporalClient` gives; over HTTP there is none.
 *
 * @example
 * ```ts
 * import { connect } from 'gaffer-crew';
 *
 * const runs = await connect({ start: true });
 * const run = await runs.start({ file: 'workflow.yaml', inputs: { topic: 'bees' }, limits: { usd: 1 } });
 * console.log((await run.result()).status);
 * await runs.close();
 * ```
 */
export interface Runs<TemporalClient = unknown> {
  /**
   * Checks what is to run, and starts it.
   *
   * @throws DefinitionError with everything that is wrong; RunExistsError when the id was used before, whatever became of it
   */
  start(options: StartOptions): Promise<Run>;
  /**
   * Starts many runs of one workflow, so many at a time, and waits for them all; each is a run of its own. All inputs are checked before the
   * first one starts. The same `id` goes on where it stood: what has ended is not done again. Not over HTTP.
   *
   * @throws DefinitionError with what is wrong, by line; UsageError when the id was used with other inputs
   *
   * @example
   * ```ts
   * import { connect } from 'gaffer-crew';
   *
   * const runs = await connect({ start: true });
   * const each = [{ topic: 'bees' }, { topic: 'ants' }];
   * const report = await runs.startMany({ file: 'workflow.yaml', id: 'insects', each, parallel: 10 });
   * console.log(`${report.succeeded} of ${report.total}, $${report.costUsd}`);
   * await runs.close();
   * ```
   */
  startMany(options: StartManyOptions): Promise<ManyReport>;
  /** The newest run with that id, also one that no worker has begun yet. @throws RunNotFoundError */
  find(id: string): Promise<Run>;
  /** Newest first. */
  list(filter?: RunFilter): Promise<RunEntry[]>;
  /**
   * The same a page at a time. From page to page no run comes twice, and none is left out that had begun when the first one was read:
   * what begins meanwhile comes before that.
   *
   * @throws UsageError for a cursor that is none
   */
  page(filter?: RunPageFilter): Promise<RunPage>;
  /** What waits for a person, in all runs or one. */
  waiting(id?: string): Promise<WaitingEntry[]>;
  /**
   * Does failed tasks, or the named one, anew with the same input: in place while the run goes on, else as a new run that takes over
   * everything else. @returns the run that does it
   */
  retry(id: string, options?: RetryOptions): Promise<Run>;
  /**
   * A new run that uses again what is unchanged and pays only for the rest.
   *
   * @example
   * ```ts
   * import { connect } from 'gaffer-crew';
   *
   * const runs = await connect();
   * const fork = await runs.fork('my-run', { from: 'review', set: { 'prompt.review': 'Be brief.' } });
   * console.log(fork.id);
   * await runs.close();
   * ```
   */
  fork(id: string, options: ForkOptions): Promise<Run>;
  /**
   * Has a run that has ended evaluated, by a run of its own, and waits for that: by the checks of its workflow file, and by how it went.
   *
   * One that was evaluated before is not again, but with `again`. @throws UsageError when it has not ended; EvaluationError when nothing came of it
   *
   * @example
   * ```ts
   * import { connect } from 'gaffer-crew';
   *
   * const runs = await connect({ start: true });
   * const { grade, score } = await runs.evaluate('my-run');
   * console.log(grade, score);
   * await runs.close();
   * ```
   */
  evaluate(id: string, options?: EvaluateOptions): Promise<EvaluationReport>;
  /**
   * Two runs that have ended, side by side: what came out, what it took, what was asked differently, and what the evaluations of all runs of the
   * workflow say about these differences. @throws RunNotFoundError; UsageError when one has not ended
   *
   * @example
   * ```ts
   * import { connect } from 'gaffer-crew';
   *
   * const runs = await connect();
   * const { score, recommendations } = await runs.compare('monday', 'tuesday');
   * console.log(score.one, score.other, recommendations.map(({ text }) => text));
   * await runs.close();
   * ```
   */
  compare(one: string, other: string): Promise<ComparedRuns>;
  /** Undoes what a run did that has ended without undoing it. Done again, it tries again what could not be undone. @throws UsageError when it goes on */
  rollback(id: string): Promise<Rollback>;
  /** What starts runs by itself. */
  readonly schedules: Schedules;
  /** Temporal's own client, connected: your own workflows are started with it. It ends with `close`. */
  temporalClient(): Promise<TemporalClient>;
  /** Where Temporal answers. An embedded server is reached by its `socket`, which the SDK cannot do by itself: `temporalClient` is connected. */
  temporal(): Promise<TemporalTarget>;
  /** Stops what it started: workers first, which park their runs. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
