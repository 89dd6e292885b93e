/** How long the turns of one activity go on, in ms of work: short enough that nobody waits for it. */
const longestWorkMs = 1000;
/** The same by the clock, however little was done meanwhile: a pause takes effect between activities. */
const longestMs = 5000;

/** Clocks that can be read, in ms since they were started: of what the process computes, and of the time. */
interface Clocks {
  cpu: () => number;
  wall: () => number;
}

/**
 * What the turns of one activity have taken: what their models took, and what was computed meanwhile.
 *
 * What the database, or a machine with too much to do, lets them wait does not count: it would make more activities of the same work just
 * where there is too much of it.
 */
export class WorkTime {
  readonly #clocks: Clocks;
  #modelMs = 0;

  constructor(clocks: Clocks = startClocks()) {
    this.#clocks = clocks;
  }

  /** Waits for a model, and counts it. */
  async ofModel<Result>(ask: () => Promise<Result>): Promise<Result> {
    const { wall } = this.#clocks;
    const before = wall();
    try {
      return await ask();
    } finally {
      this.#modelMs += wall() - before;
    }
  }

  /** Whether the next turn is another activity's. */
  get isOver(): boolean {
    // The process has other work and threads: it may compute more than time goes by.
    const wallMs = this.#clocks.wall();
    return Math.min(this.#modelMs + this.#clocks.cpu(), wallMs) >= longestWorkMs || wallMs >= longestMs;
  }
}

function startClocks(): Clocks {
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  const cpu = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  return { cpu, wall: () => performance.now() - startedAt };
}
