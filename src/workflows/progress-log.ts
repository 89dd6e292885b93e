import { CancellationScope } from '@temporalio/workflow';
import type { BeginTask, EndedTask, RecordProgressInput, RecordProgressResult } from '../contracts/activities.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import type { RunStatus } from '../domain/run-result.ts';
import { recordProgress } from './activity-proxies.ts';
import type { BusyCount } from './busy-count.ts';

/** What goes with the events of one step. */
export type ProgressStep = Omit<RecordProgressInput, 'runKey' | 'events' | 'status' | 'ended'>;

/** Longest list of one step, in characters of JSON: no payload may come near Temporal's limits. */
const mostCharacters = 40_000;

/** What the answer about a task that begins may take: the beginning of its prompt, or of a result that is used again. */
const answerCharacters = 1000;

/** What happened and is not in the store yet. Written in the order in which it happened. */
export class ProgressLog {
  readonly #runKey: string;
  readonly #busy: BusyCount;
  #events: RunEventDraft[] = [];
  #ended: EndedTask[] = [];
  #writing: Promise<unknown> = Promise.resolve();

  constructor(runKey: string, busy: BusyCount) {
    this.#runKey = runKey;
    this.#busy = busy;
  }

  /** Whether nothing waits to be written. */
  get isEmpty(): boolean {
    return this.#events.length === 0 && this.#ended.length === 0;
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
    if (isEmpty && status === null) return this.#writing.then(() => noAnswers());
    this.#events = [];
    this.#ended = [];
    const parts = this.#toParts({ events, ended, step, status });
    const write = () => this.#busy.during(() => CancellationScope.nonCancellable(() => writeAll(parts)));
    const written = this.#writing.then(write, write);
    this.#writing = written;
    return written;
  }

  // One part, but for a step that is too large: what ended, then the events, then what begins; the last part asks the rest.
  #toParts({ events, ended, step, status }: Unwritten): RecordProgressInput[] {
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
    for (const task of begin ?? []) (partWith(lengthOf(task) + answerCharacters).begin ??= []).push(task);
    Object.assign(parts.at(-1)!, rest, status === null ? {} : { status });
    return parts;
  }
}

interface Unwritten {
  events: readonly RunEventDraft[];
  ended: readonly EndedTask[];
  step: ProgressStep;
  status: RunStatus | null;
}

function noAnswers(): RecordProgressResult {
  return { begun: [], loops: [], asks: [] };
}

async function writeAll(parts: readonly RecordProgressInput[]): Promise<RecordProgressResult> {
  const all = noAnswers();
  for (const part of parts) {
    const kinds = part.events.map((event) => event.type).join(', ');
    const { begun, loops, asks } = await recordProgress(kinds.slice(0, 80) || 'progress', part);
    all.begun.push(...begun);
    all.loops.push(...loops);
    all.asks.push(...asks);
  }
  return all;
}

function lengthOf(value: RunEventDraft | EndedTask | BeginTask): number {
  return JSON.stringify(value).length;
}
