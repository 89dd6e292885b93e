import { longestLine, mostTold } from '../../script/run-limits.ts';
import type { CarriedScript } from '../../contracts/script.ts';
import type { RunBooks } from '../books/run-books.ts';

/** What a script tells people: its lines, and the phases that it names. */
export class ScriptStory {
  readonly #books: RunBooks;
  readonly #taskId: string;
  /** What an execution before has told: it comes once more. */
  readonly #before: number;
  /** When the phase began that was open then. */
  readonly #openedBefore: number | undefined;
  /** Lines and phases so far. */
  told = 0;
  #phases = 0;
  #open: { phase: string; index: number; startedAt: number } | null = null;

  constructor(books: RunBooks, taskId: string, carried: Pick<CarriedScript, 'told' | 'openedAt'> | null) {
    this.#books = books;
    this.#taskId = taskId;
    this.#before = carried?.told ?? 0;
    this.#openedBefore = carried?.openedAt;
  }

  /** When the phase began that is open, in ms since the epoch; null: none is. */
  get openedAt(): number | null {
    return this.#open?.startedAt ?? null;
  }

  log(text: string): void {
    const number = ++this.told;
    if (number <= this.#before || number > mostTold) return;
    const line = text.length > longestLine ? `${text.slice(0, longestLine)}…` : text;
    this.#books.emit({ key: `log/${this.#taskId}/${number}`, type: 'run:log', text: line.toWellFormed() });
    void this.#books.flush();
  }

  phase(title: string): void {
    this.end();
    const number = ++this.told;
    const index = this.#phases++;
    const phase = title.slice(0, 200).toWellFormed();
    const isOld = number <= this.#before;
    this.#open = { phase, index, startedAt: (isOld ? this.#openedBefore : undefined) ?? Date.now() };
    if (isOld || number > mostTold) return;
    const key = `phase/${this.#taskId}/${index}`;
    this.#books.emit({ key, type: 'phase:start', phase, index, mode: 'parallel', taskCount: 0 });
    this.#books.display.set({ phase });
    void this.#books.flush();
  }

  /** The phase that is open is over. */
  end(): void {
    if (!this.#open) return;
    const { phase, index, startedAt } = this.#open;
    this.#open = null;
    const number = ++this.told;
    if (number <= this.#before || number > mostTold) return;
    const duration = Date.now() - startedAt;
    this.#books.emit({ key: `phase-end/${this.#taskId}/${index}`, type: 'phase:complete', phase, index, duration });
  }
}
