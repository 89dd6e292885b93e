import { displayWidth, truncate } from '../base/display-width.ts';

/** The part of a terminal that drawing needs. */
export interface DrawingSurface {
  err(text: string): void;
  columns(): number;
  rows(): number;
}

/** Shortest time between two paints: 10 Hz. */
const paintEveryMs = 100;

/**
 * Lines that stay, above a few lines that change.
 *
 * 1. No alternate screen and nothing above the live area is ever touched: scrollback stays whole and can be selected.
 * 2. A paint is one write, at most every 100 ms, and only when something changed; lines that stay are written at once.
 * 3. A live line never wraps: it is cut one column short. After a resize the terminal may have wrapped what was
 *    painted before, so the rows to erase are counted at the present width.
 */
export class LiveScreen {
  readonly #surface: DrawingSurface;
  #painted: string[] = [];
  #wanted: string[] = [];
  #paintedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(surface: DrawingSurface) {
    this.#surface = surface;
  }

  /** Writes lines that stay, above the live area. */
  print(lines: readonly string[]): void {
    if (lines.length > 0) this.#paint(lines);
  }

  /** Replaces the live area; drawn now, or as soon as the rate allows. */
  show(lines: readonly string[]): void {
    this.#wanted = [...lines];
    if (this.#timer) return;
    const wait = this.#paintedAt + paintEveryMs - Date.now();
    if (wait <= 0) return this.#paintIfChanged();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#paintIfChanged();
    }, wait);
  }

  /** Takes the live area away; the lines that stay remain. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wanted = [];
    this.#paintIfChanged();
  }

  #paintIfChanged(): void {
    if (this.#fitted().join('\n') !== this.#painted.join('\n')) this.#paint([]);
  }

  #paint(stay: readonly string[]): void {
    const live = this.#fitted();
    const text = [...stay, ...live].map((line) => `${line}\n`).join('');
    this.#surface.err(this.#eraser() + text);
    this.#painted = live;
    this.#paintedAt = Date.now();
  }

  #fitted(): string[] {
    return this.#wanted.map((line) => truncate(line, this.#surface.columns() - 1));
  }

  #eraser(): string {
    const columns = this.#surface.columns();
    const rows = this.#painted.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
    const reachable = Math.min(rows, this.#surface.rows() - 1);
    return reachable > 0 ? `\x1b[${reachable}A\r\x1b[J` : '';
  }
}
