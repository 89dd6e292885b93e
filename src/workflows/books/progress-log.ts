import { CancellationScope } from '@temporalio/workflow';
import type { BeginTask, EndedTask, RecordProgressInput, RecordProgressResult } from '../../contracts/progress.ts';
import type { InnerReport } from '../../contracts/agent-task.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { RunStatus } from '../../domain/run/run-result.ts';
import { recordProgress } from '../base/activity-proxies.ts';
import { toSummary } from '../base/cosmetics.ts';
import type { BusyCount } from './busy-count.ts';
import { progressText } from './progress-text.ts';

/** What goes with the events of one step. */
export type ProgressStep = Omit<RecordProgressInput, 'runKey' | 'events' | 'status' | 'ended' | 'checkpoints'>;

/** A checkpoint without a snapshot. */
export type Checkpoint = NonNullable<RecordProgressInput['checkpoints']>[number];

/** Longest list of one step, in characters of JSON: no payload may come near Temporal's limits. */
const mostCharacters = 40_000;

/** What the answer about a task that begins may take: the beginning of its prompt, or of a result that is used again. */
const answerCharacters = 1000;

/** What happened and is not in the store yet. Written in the order in which it happened. */
export class ProgressLog {
  readonly #runKey: string;
  readonly #busy: BusyCount;
  readonly #hear: (report: InnerReport) => void;
  /** Why a step was not written, for good: something of the run's story is lost. Undefined: nothing is. */
  failure: unknown;
  #events: RunEventDraft[] = [];
  #ended: EndedTask[] = [];
  #checkpoints: Checkpoint[] = [];
  #writing: Promise<unknown> = Promise.resolve();
  #isSlow = false;

  /** `hear`: told of what tasks inside of the run are to hear. */
  constructor(runKey: string, busy: BusyCount, hear: (report: InnerReport) => void) {
    this.#runKey = runKey;
    this.#busy = busy;
    this.#hear = hear;
  }

  /** Whether nothing waits to be written. */
  get isEmpty(): boolean {
    return this.#events.length + this.#ended.length + this.#checkpoints.length === 0;
  }

  emit(event: RunEventDraft): void {
    this.#events.push(event);
  }

  keep(task: EndedTask): void {
    this.#ended.push(task);
  }

  mark(checkpoint: Checkpoint): void {
    this.#checkpoints.push(checkpoint);
  }

  /** Writes it all, and asks the store what comes with it. A cancel does not reach it: it is quick. */
  write(step: ProgressStep, status: RunStatus | null): Promise<RecordProgressResult> {
    if (this.isEmpty && Object.keys(step).length === 0 && status === null)
      return heard(this.#writing.then(() => noAnswers()));
    return this.#writeParts(this.#take(step, status));
  }

  /**
   * Does another step of the run's own in turn with those that write. Of two at once it is not known in a replay which one ended first, and
   * what follows from them would be done in another order. A cancel does not reach it.
   */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const begin = () => this.#busy.during(() => CancellationScope.nonCancellable(work));
    const done = this.#writing.then(begin, begin);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  #take(step: ProgressStep, status: RunStatus | null): RecordProgressInput[] {
    const unwritten = { events: this.#events, ended: this.#ended, checkpoints: this.#checkpoints, step, status };
    this.#events = [];
    this.#ended = [];
    this.#checkpoints = [];
    return this.#toParts(unwritten);
  }

  #writeParts(parts: RecordProgressInput[]): Promise<RecordProgressResult> {
    const write = () => this.#busy.during(() => CancellationScope.nonCancellable(() => this.#writeAll(parts)));
    const written = this.#writing.then(write, write);
    this.#writing = written;
    written.catch((error: unknown) => (this.failure ??= error));
    return written;
  }

  /** Hands over what waits to be written, for whoever ends the run; null: nothing does. What is too large for that is written. */
  async takeLast(status: RunStatus | null): Promise<RecordProgressInput | null> {
    await this.#writing.catch(() => undefined);
    const { isEmpty } = this;
    const parts = this.#take({}, status);
    if (parts.length === 1) return isEmpty && status === null ? null : parts[0]!;
    await this.#writeParts(parts);
    return null;
  }

  async #writeAll(parts: readonly RecordProgressInput[]): Promise<RecordProgressResult> {
    const all = noAnswers();
    for (const part of parts) {
      const summary = toSummary(progressText(part));
      const { begun, loops, asks, problem, isSlow, reports, hadEnded } = await recordProgress(
        summary,
        part,
        this.#isSlow,
      );
      this.#isSlow = isSlow === true;
      reports?.forEach(this.#hear);
      all.begun.push(...begun);
      all.loops.push(...loops);
      all.asks.push(...asks);
      if (problem !== undefined) all.problem = problem;
      if (hadEnded) all.hadEnded = hadEnded;
    }
    return all;
  }

  // One part, but for a step that is too large: what ended, then the events, then what begins; the last part asks the rest.
  #toParts({ events, ended, checkpoints, step, status }: Unwritten): RecordProgressInput[] {
    const { begin, ...rest } = step;
    const parts: RecordProgressInput[] = [{ runKey: this.#runKey, events: [] }];
    let room = mostCharacters;
    const partWith = (characters: number): RecordProgressInput => {
      if (characters > room && room < mostCharacters) {
        parts.push({ runKey: this.#runKey, events: [] });
        room = mostCharacters;
      }
      room -= characters;
      return parts.at(-1)!;
    };
    for (const task of ended) (partWith(lengthOf(task)).ended ??= []).push(task);
    for (const event of events) partWith(lengthOf(event)).events.push(event);
    if (checkpoints.length > 0) parts.at(-1)!.checkpoints = [...checkpoints];
    for (const task of begin ?? []) (partWith(lengthOf(task) + answerCharacters).begin ??= []).push(task);
    Object.assign(parts.at(-1)!, rest, status === null ? {} : { status });
    return parts;
  }
}

interface Unwritten {
  events: readonly RunEventDraft[];
  ended: readonly EndedTask[];
  checkpoints: readonly Checkpoint[];
  step: ProgressStep;
  status: RunStatus | null;
}

// Most do not wait for it. A rejection that nobody hears of would keep the whole run from going on, instead of ending it.
function heard<Result>(written: Promise<Result>): Promise<Result> {
  written.catch(() => undefined);
  return written;
}

function noAnswers(): RecordProgressResult {
  return { begun: [], loops: [], asks: [] };
}

function lengthOf(value: RunEventDraft | EndedTask | BeginTask): number {
  return JSON.stringify(value).length;
}
