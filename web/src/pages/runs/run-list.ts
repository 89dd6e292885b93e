/*
 * RL1 A list is asked for a page at a time, and what a page has stays in its place: rows that are seen change where they stand.
 * RL2 What begins meanwhile, or fits no more, waits while somebody points at the list (`hold`): no row moves from under a mouse.
 * RL3 What is asked anew is the first page, and the pages that somebody sees: however many were loaded, a look costs the same.
 * RL4 Of a list in parts (what needs somebody, what goes on, the rest) each run stands in the first part that has it.
 */
import type { RunEntry, RunPage } from '../../../../src/client/runs.ts';

/** Asks for a page of a part of the list; the first part is 0. */
export type AskPage = (part: number, cursor: string | undefined, signal: AbortSignal) => Promise<RunPage>;

/** The list as it can be drawn. */
export interface ListedRuns {
  runs: readonly RunEntry[];
  /** Whether nothing was answered yet. */
  isLoading: boolean;
  /** There is more behind the last one. */
  hasMore: boolean;
  /** Runs that began, and wait to be shown. */
  fresh: number;
  error: Error | null;
}

interface Page {
  part: number;
  cursor: string | undefined;
  runs: RunEntry[];
}

/** A list of runs that grows as it is read, and is kept up to date where it is seen. */
export class RunList {
  #pages: Page[] = [];
  #next: { part: number; cursor: string | undefined } | null = { part: 0, cursor: undefined };
  /** What a look at the first page found that is not shown yet (RL2). */
  #waiting: RunEntry[] | null = null;
  #isHeld = false;
  #isAsking = false;
  #error: Error | null = null;
  #listed: ListedRuns | null = null;
  readonly #ask: AskPage;
  readonly #parts: number;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<() => void>();

  constructor(ask: AskPage, parts = 1) {
    this.#ask = ask;
    this.#parts = parts;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly listed = (): ListedRuns => (this.#listed ??= this.#toListed());

  /** Fetches the page behind the last one. */
  async more(): Promise<void> {
    const next = this.#next;
    if (!next || this.#isAsking) return;
    this.#isAsking = true;
    await this.#asked(async (signal) => {
      const { runs, next: cursor } = await this.#ask(next.part, next.cursor, signal);
      this.#pages.push({ ...next, runs });
      if (cursor !== null) this.#next = { part: next.part, cursor };
      else this.#next = next.part + 1 < this.#parts ? { part: next.part + 1, cursor: undefined } : null;
    });
    this.#isAsking = false;
    // A part may be empty, and so may a page of what is rare.
    if (this.#next && !this.#error && this.listed().runs.length < 30 && !this.#stopping.signal.aborted)
      await this.more();
  }

  /** Asks anew for the first page and for those that have these rows. */
  async look(from: number, to: number): Promise<void> {
    if (this.#pages.length === 0) return this.more();
    const seen = new Set(this.listed().runs.slice(from, to + 1));
    const wanted = this.#pages.filter((page, at) => at > 0 && page.runs.some((run) => seen.has(run)));
    await this.#asked(async (signal) => {
      const [first] = this.#pages;
      const [head, ...rest] = await Promise.all([
        this.#ask(0, undefined, signal),
        ...wanted.map(({ part, cursor }) => this.#ask(part, cursor, signal)),
      ]);
      rest.forEach(({ runs }, at) => this.#renew(wanted[at]!, runs));
      this.#renew(first!, head.runs);
      this.#waiting = withHead(first!.runs, head);
      if (!this.#isHeld) this.#show();
    });
  }

  /** While held, rows stay where they are (RL2). */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld && this.#waiting) this.show();
  }

  /** Shows what began meanwhile. */
  show(): void {
    this.#show();
    this.#tell();
  }

  /** What was done to runs is seen with the next look; those that were removed are gone at once. */
  remove(ids: ReadonlySet<string>): void {
    for (const page of this.#pages) page.runs = page.runs.filter(({ runId }) => !ids.has(runId));
    this.#waiting = null;
    this.#tell();
  }

  stop(): void {
    this.#stopping.abort();
  }

  #show(): void {
    const [first] = this.#pages;
    if (first && this.#waiting) first.runs = this.#waiting;
    this.#waiting = null;
  }

  // RL1
  #renew(page: Page, runs: readonly RunEntry[]): void {
    const now = new Map(runs.map((run) => [run.runId, run]));
    page.runs = page.runs.map((run) => now.get(run.runId) ?? run);
  }

  async #asked(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await work(signal);
      this.#error = null;
    } catch (error) {
      if (signal.aborted) return;
      this.#error = error as Error;
    }
    this.#tell();
  }

  #toListed(): ListedRuns {
    const known = new Set<string>();
    // RL4
    const runs = this.#pages.flatMap((page) =>
      page.runs.filter(({ runId }) => !known.has(runId) && known.add(runId) !== undefined),
    );
    const fresh = this.#waiting?.filter(({ runId }) => !known.has(runId)).length ?? 0;
    const isLoading = this.#pages.length === 0 && this.#error === null;
    return { runs, isLoading, hasMore: this.#next !== null, fresh, error: this.#error };
  }

  #tell(): void {
    this.#listed = null;
    for (const listener of this.#listeners) listener();
  }
}

/**
 * The first page as it is now: what began stands on top, what fits no more is gone, and what was pushed off its end stays behind it, as
 * the next page begins where the old one ended.
 */
function withHead(shown: readonly RunEntry[], { runs, next }: RunPage): RunEntry[] {
  const inHead = new Set(runs.map(({ runId }) => runId));
  const last = runs.at(-1);
  if (next === null || !last) return [...runs];
  const end = shown.findIndex(({ runId }) => runId === last.runId);
  const behind = end === -1 ? shown.filter((run) => run.startedAt <= last.startedAt) : shown.slice(end + 1);
  return [...runs, ...behind.filter(({ runId }) => !inHead.has(runId))];
}
