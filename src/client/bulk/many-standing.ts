import type { ManyProgress, ManyReport, ManyRun } from './many.ts';

/** How many runs stand; tells it whenever that changes. */
export class ManyStanding {
  readonly #id: string;
  readonly #runs: Map<number, ManyRun>;
  readonly #tell: (progress: ManyProgress) => void;
  /** Those that ended while somebody waited for them, and since when that is. */
  #waited = 0;
  readonly #since = performance.now();

  constructor(id: string, lines: readonly Pick<ManyRun, 'line' | 'runId'>[], tell: (progress: ManyProgress) => void) {
    this.#id = id;
    this.#tell = tell;
    const nothing = { status: 'not-started', reason: null, costUsd: 0, totalTokens: 0, durationMs: 0 };
    this.#runs = new Map(lines.map(({ line, runId }) => [line, { line, runId, ...nothing }]));
    this.#changed();
  }

  begun(line: number): void {
    this.#runs.get(line)!.status = 'open';
    this.#changed();
  }

  /** `isWaitedFor`: it ended meanwhile, so it tells how long such a run takes. */
  ended(line: number, end: Omit<ManyRun, 'line' | 'runId'>, isWaitedFor: boolean): void {
    Object.assign(this.#runs.get(line)!, end);
    if (isWaitedFor) this.#waited++;
    this.#changed();
  }

  report(): ManyReport {
    const { leftMs: _, ...counts } = this.#progress();
    return { id: this.#id, ...counts, runs: [...this.#runs.values()] };
  }

  #changed(): void {
    this.#tell(this.#progress());
  }

  #progress(): ManyProgress {
    const runs = [...this.#runs.values()];
    const count = (fits: (status: string) => boolean): number => runs.filter(({ status }) => fits(status)).length;
    const [open, waiting] = [count((status) => status === 'open'), count((status) => status === 'not-started')];
    const succeeded = count((status) => status === 'succeeded');
    const each = (performance.now() - this.#since) / this.#waited;
    return {
      total: runs.length,
      open,
      succeeded,
      failed: runs.length - open - waiting - succeeded,
      costUsd: runs.reduce((sum, { costUsd }) => sum + costUsd, 0),
      ...(runs.some(({ isUncounted }) => isUncounted) && { isUncounted: true }),
      leftMs: this.#waited === 0 ? null : Math.round(each * (open + waiting)),
    };
  }
}
