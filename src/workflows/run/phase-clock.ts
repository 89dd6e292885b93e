import { iterationMark } from '../../domain/ids/execution-id.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { CarriedClock } from '../../contracts/carried-run.ts';
import { hasEnded } from '../../domain/scheduling/scheduler.ts';
import type { Scheduler } from '../../domain/scheduling/scheduler.ts';
import type { CheckpointClock } from './checkpoint-clock.ts';
import type { RunBooks } from '../books/run-books.ts';
import { EndedList } from '../../domain/scheduling/ended-list.ts';

/** Tells when phases begin and end, from what their tasks do. */
export class PhaseClock {
  readonly #books: RunBooks;
  readonly #scheduler: Scheduler;
  readonly #checkpoints: CheckpointClock;
  readonly #open = new Map<number, number>();
  readonly #lists = new Map<number, EndedList>();
  readonly #rounds = new Map<number, number>();

  constructor(books: RunBooks, scheduler: Scheduler, checkpoints: CheckpointClock) {
    this.#books = books;
    this.#scheduler = scheduler;
    this.#checkpoints = checkpoints;
  }

  /** Name of the newest phase that has begun; null: none. */
  get current(): string | null {
    const last = Math.max(-1, ...this.#rounds.keys());
    return this.#books.outline.phases[last]?.name ?? null;
  }

  /** A task starts: the first one begins its phase. */
  start({ phase: index }: OutlineTask): void {
    if (index === null || this.#open.has(index)) return;
    const { outline } = this.#books;
    const { name: phase, executionMode: mode } = outline.phases[index]!;
    const round = (this.#rounds.get(index) ?? 0) + 1;
    this.#rounds.set(index, round);
    this.#open.set(index, Date.now());
    const taskCount = this.#listOf(index).size;
    const key = `phase/${index}${iterationMark(round)}`;
    this.#books.emit({ key, type: 'phase:start', phase, index, mode, taskCount });
    this.#books.display.set({ phase });
  }

  /** Ends every phase that has begun and whose tasks have all ended. */
  look(): void {
    for (const [index, startedAt] of this.#open) {
      if (!this.#listOf(index).haveAllEnded) continue;
      this.#open.delete(index);
      const { name: phase } = this.#books.outline.phases[index]!;
      const duration = Date.now() - startedAt;
      const round = this.#rounds.get(index)!;
      const suffix = iterationMark(round);
      this.#books.emit({ key: `phase-end/${index}${suffix}`, type: 'phase:complete', phase, index, duration });
      this.#checkpoints.saveFirst(`phase/${phase}${suffix}`, `phase ${phase}`);
    }
  }

  /** Tasks were added to the plan. */
  grow(): void {
    this.#lists.clear();
  }

  toJSON(): CarriedClock {
    return { open: [...this.#open], rounds: [...this.#rounds] };
  }

  restore({ open, rounds }: CarriedClock): void {
    for (const [index, startedAt] of open) this.#open.set(index, startedAt);
    for (const [index, round] of rounds) this.#rounds.set(index, round);
  }

  #listOf(index: number): EndedList {
    const known = this.#lists.get(index);
    if (known) return known;
    const ids = this.#books.outline.tasks.filter((task) => task.phase === index).map((task) => task.id);
    const list = new EndedList(ids, (id) => hasEnded(this.#scheduler.status(id)));
    this.#lists.set(index, list);
    return list;
  }
}
