import { CancellationScope } from '@temporalio/workflow';
import type { EndedTask, RecordProgressInput, RecordProgressResult } from '../contracts/activities.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import type { RunStatus } from '../domain/run-result.ts';
import { recordProgress } from './activity-proxies.ts';

/** What goes with the events of one step. */
export type ProgressStep = Omit<RecordProgressInput, 'runKey' | 'events' | 'status' | 'ended'>;

const nothing: RecordProgressResult = { begun: [], loops: [], asks: [] };

/** What happened and is not in the store yet. Written in the order in which it happened. */
export class ProgressLog {
  readonly #runKey: string;
  #events: RunEventDraft[] = [];
  #ended: EndedTask[] = [];
  #writing: Promise<unknown> = Promise.resolve();

  constructor(runKey: string) {
    this.#runKey = runKey;
  }

  emit(event: RunEventDraft): void {
    this.#events.push(event);
  }

  keep(task: EndedTask): void {
    this.#ended.push(task);
  }

  /** Writes it all, and asks the store what comes with it. A cancel does not reach it: it is quick. */
  write(step: ProgressStep, status: RunStatus | null): Promise<RecordProgressResult> {
    const events = this.#events;
    const ended = this.#ended;
    const isEmpty = events.length === 0 && ended.length === 0 && Object.keys(step).length === 0;
    if (isEmpty && status === null) return this.#writing.then(() => nothing);
    this.#events = [];
    this.#ended = [];
    const kinds = events.map((event) => event.type).join(', ');
    const summary = kinds.slice(0, 80) || 'progress';
    const input: RecordProgressInput = { runKey: this.#runKey, events, ...step };
    if (ended.length > 0) input.ended = ended;
    if (status !== null) input.status = status;
    const write = () => CancellationScope.nonCancellable(() => recordProgress(summary, input));
    const written = this.#writing.then(write, write);
    this.#writing = written;
    return written;
  }
}
