import { waitsOf, needsPerson, type RunState } from '../../domain/run/run-state.ts';

/** A run may look idle for a moment between two steps: it waits for a person when it has done so for this long, in ms. */
const settledMs = 1500;
/** A wait that decides itself so soon is waited for, in ms. */
const nearDeadlineMs = 10 * 60_000;

/** Notices that a run goes on no more until a person steps in. */
export class PersonWatch {
  /** Resolves when it is so. */
  readonly needed: Promise<'needed'>;
  readonly #settledMs: number;
  #tell: (found: 'needed') => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { settledMs?: number } = {}) {
    this.#settledMs = options.settledMs ?? settledMs;
    this.needed = new Promise((resolve) => (this.#tell = resolve));
  }

  /** Looks at the run after each event. */
  look(state: RunState): void {
    this.stop();
    if (!waitsForPerson(state, Date.now())) return;
    this.#timer = setTimeout(() => this.#tell('needed'), this.#settledMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Whether only a person can make the run go on: nothing that it waits for decides itself soon. `now` in ms since the epoch.
 *
 * @internal
 */
export function waitsForPerson(state: RunState, now: number): boolean {
  if (!needsPerson(state)) return false;
  // Whoever paused it is about to resume it: nobody is missing.
  if (state.hold?.cause === 'paused') return false;
  return !waitsOf(state).every(({ deadline }) => deadline !== null && Date.parse(deadline) - now < nearDeadlineMs);
}
