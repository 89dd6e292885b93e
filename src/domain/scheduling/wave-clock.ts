import type { RunEventDraft } from '../run/run-events.ts';
import type { OrderedTask } from '../plan/phase-order.ts';
import { waves } from '../plan/waves.ts';
import { EndedList } from './ended-list.ts';
import { hasEnded } from './task-node.ts';
import type { Scheduler } from './scheduler.ts';

/** Waves that have begun and not ended, and all that have begun, by index. */
interface WaveState {
  open: [index: number, startedAt: number][];
  rounds: [index: number, round: number][];
}

/** Tells when the waves of a graph begin and end. Nothing waits for a wave: they are only reported. */
export class WaveClock {
  readonly #emit: (event: RunEventDraft) => void;
  readonly #scheduler: Pick<Scheduler, 'status'>;
  readonly #waveOf = new Map<string, number>();
  readonly #open = new Map<number, EndedList>();
  readonly #tasks: string[][];
  readonly #begun = new Set<number>();

  constructor(
    tasks: readonly (OrderedTask & { phase: number | null; isScript?: boolean })[],
    scheduler: Pick<Scheduler, 'status'>,
    emit: (event: RunEventDraft) => void,
  ) {
    this.#emit = emit;
    this.#scheduler = scheduler;
    // Phases tell their own story.
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
    this.#emit({ key: `wave/${wave}`, type: 'wave:start', wave: wave + 1, taskCount: ids.length });
  }

  /** Ends every wave that has begun and whose tasks have all ended. */
  look(): void {
    for (const [wave, list] of this.#open) {
      if (!list.haveAllEnded) continue;
      this.#open.delete(wave);
      this.#emit({ key: `wave-end/${wave}`, type: 'wave:complete', wave: wave + 1, taskCount: list.size });
    }
  }

  toJSON(): WaveState {
    return { open: [...this.#open.keys()].map((wave) => [wave, 0]), rounds: [...this.#begun].map((wave) => [wave, 1]) };
  }

  restore({ open, rounds }: WaveState): void {
    for (const [wave] of rounds) this.#begun.add(wave);
    for (const [wave] of open) this.#open.set(wave, this.#listOf(wave));
  }

  #listOf(wave: number): EndedList {
    return new EndedList(this.#tasks[wave]!, (id) => hasEnded(this.#scheduler.status(id)));
  }
}
