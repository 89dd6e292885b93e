import type { CarriedClock } from '../../contracts/carried-run.ts';
import { hasEnded } from '../../domain/scheduling/scheduler.ts';
import type { Scheduler } from '../../domain/scheduling/scheduler.ts';
import { waves } from '../../domain/plan/waves.ts';
import type { RunBooks } from '../books/run-books.ts';
import { EndedList } from '../books/ended-list.ts';

/** Tells when the waves of a graph begin and end. Nothing waits for a wave: they are only reported. */
export class WaveClock {
  readonly #books: RunBooks;
  readonly #scheduler: Scheduler;
  readonly #waveOf = new Map<string, number>();
  readonly #open = new Map<number, EndedList>();
  readonly #tasks: string[][];
  readonly #begun = new Set<number>();

  constructor(books: RunBooks, scheduler: Scheduler) {
    this.#books = books;
    this.#scheduler = scheduler;
    // Phases tell their own story.
    const { tasks } = books.outline;
    const isGraph = tasks.some((task) => task.phase === null) && !tasks.some(({ isScript }) => isScript);
    this.#tasks = isGraph ? waves(tasks) : [];
    for (const [wave, ids] of this.#tasks.entries()) for (const id of ids) this.#waveOf.set(id, wave);
  }

  /** A task starts: the first one begins its wave. */
  start(taskId: string): void {
    const wave = this.#waveOf.get(taskId);
    if (wave === undefined || this.#begun.has(wave)) return;
    this.#begun.add(wave);
    const ids = this.#tasks[wave]!;
    this.#open.set(wave, this.#listOf(wave));
    this.#books.emit({ key: `wave/${wave}`, type: 'wave:start', wave: wave + 1, taskCount: ids.length });
  }

  /** Ends every wave that has begun and whose tasks have all ended. */
  look(): void {
    for (const [wave, list] of this.#open) {
      if (!list.haveAllEnded) continue;
      this.#open.delete(wave);
      this.#books.emit({ key: `wave-end/${wave}`, type: 'wave:complete', wave: wave + 1, taskCount: list.size });
    }
  }

  toJSON(): CarriedClock {
    return { open: [...this.#open.keys()].map((wave) => [wave, 0]), rounds: [...this.#begun].map((wave) => [wave, 1]) };
  }

  restore({ open, rounds }: CarriedClock): void {
    for (const [wave] of rounds) this.#begun.add(wave);
    for (const [wave] of open) this.#open.set(wave, this.#listOf(wave));
  }

  #listOf(wave: number): EndedList {
    return new EndedList(this.#tasks[wave]!, (id) => hasEnded(this.#scheduler.status(id)));
  }
}
