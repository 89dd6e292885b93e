import type { OutlineTask } from '../contracts/activities.ts';
import type { TaskStatus } from '../domain/run-result.ts';
import { hasEnded } from '../domain/schedule.ts';
import type { Crew } from './crew.ts';
import { setRunAttributes } from './web-ui.ts';

/** Tells when phases begin and end, from what their tasks do. */
export class PhaseClock {
  readonly #crew: Crew;
  readonly #startedAt = new Map<number, number>();
  readonly #ended = new Set<number>();

  constructor(crew: Crew) {
    this.#crew = crew;
  }

  /** Name of the newest phase that has begun; null: none. */
  get current(): string | null {
    const last = Math.max(-1, ...this.#startedAt.keys());
    return this.#crew.outline.phases[last]?.name ?? null;
  }

  /** A task starts: the first one begins its phase. */
  start({ phase: index }: OutlineTask): void {
    if (index === null || this.#startedAt.has(index)) return;
    const { outline } = this.#crew;
    const { name: phase, executionMode: mode } = outline.phases[index]!;
    this.#startedAt.set(index, Date.now());
    const taskCount = outline.tasks.filter((task) => task.phase === index).length;
    this.#crew.emit({ key: `phase/${index}`, type: 'phase:start', phase, index, mode, taskCount });
    setRunAttributes(outline, { phase });
  }

  /** Ends every phase that has begun and whose tasks have all ended. */
  complete(statuses: ReadonlyMap<string, TaskStatus>): void {
    const { outline } = this.#crew;
    for (const [index, startedAt] of this.#startedAt) {
      if (this.#ended.has(index)) continue;
      const isOpen = outline.tasks.some(
        (task) => task.phase === index && !hasEnded(statuses.get(task.id) ?? 'pending'),
      );
      if (isOpen) continue;
      this.#ended.add(index);
      const { name: phase } = outline.phases[index]!;
      const duration = Date.now() - startedAt;
      this.#crew.emit({ key: `phase-end/${index}`, type: 'phase:complete', phase, index, duration });
    }
  }
}
