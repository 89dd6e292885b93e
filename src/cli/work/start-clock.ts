import type { RunEvent } from '../../domain/run/run-events.ts';

/** Steps until a run's first call, in their order, and what they are to people. */
const steps = {
  command: 'command loaded',
  definition: 'definition',
  servers: 'servers',
  worker: 'worker',
  start: 'run started',
  firstTask: 'first workflow task',
  firstCall: 'first call',
} as const;

type Step = keyof typeof steps;

/** What each step took, in ms; null: it was not come to, or is not seen from here. `total`: from the process's start to the last of them. */
export type StartTimings = Record<Step | 'total', number | null>;

/** What JSON of a command has of it: nothing where nobody asked. */
export function timingsFrom(clock: StartClock | undefined): { timings?: StartTimings } {
  return clock ? { timings: clock.timings() } : {};
}

/** Where the time goes between a command's start and its run's first call. */
export class StartClock {
  readonly #ends = new Map<Step, number>();
  readonly #beganAt: number;

  /** @param beganAt when the process began, in ms since the epoch */
  constructor(beganAt = performance.timeOrigin) {
    this.#beganAt = beganAt;
  }

  /** A step ends now, or at that time in ms since the epoch; the first word on it counts. */
  ends(step: Step, at = performance.timeOrigin + performance.now()): void {
    if (!this.#ends.has(step)) this.#ends.set(step, at);
  }

  /** What the run tells: by the clock of who wrote it, which is this machine's where `gaffer dev` or this command works. */
  event({ type, at }: Pick<RunEvent, 'type' | 'at'>): void {
    if (type === 'workflow:start') this.ends('firstTask', Date.parse(at));
    if (type === 'agent:invoke') this.ends('firstCall', Date.parse(at));
  }

  timings(): StartTimings {
    let last = this.#beganAt;
    const took = (Object.keys(steps) as Step[]).map((step) => {
      const at = this.#ends.get(step);
      if (at === undefined) return [step, null];
      // Others' clocks may be behind, and a worker may begin before its start is answered here.
      const ms = Math.max(0, at - last);
      last = Math.max(last, at);
      return [step, Math.round(ms)];
    });
    const total = this.#ends.size === 0 ? null : Math.round(last - this.#beganAt);
    return Object.fromEntries([...took, ['total', total]]) as StartTimings;
  }

  /** The same in one line. */
  line(): string {
    const { total, ...took } = this.timings();
    const parts = Object.entries(took).flatMap(([step, ms]) =>
      ms === null ? [] : [`${steps[step as Step]} ${ms} ms`],
    );
    return `Time: ${parts.join(', ')}; together ${total ?? 0} ms`;
  }
}
