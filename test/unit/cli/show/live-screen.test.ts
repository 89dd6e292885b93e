import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveScreen } from '../../../../src/cli/show/live-screen.ts';

/** A small terminal: knows newline, carriage return, cursor up and erase below; lines longer than its width wrap. */
class TinyTerminal {
  rows_: string[] = [''];
  writes: string[] = [];
  width: number;
  constructor(width: number) {
    this.width = width;
  }
  columns = (): number => this.width;
  rows = (): number => 24;
  #row = 0;
  err = (text: string): void => {
    this.writes.push(text);
    // oxlint-disable-next-line no-control-regex -- a terminal's own language
    for (const piece of text.match(/\x1b\[(\d*)([AJ])|\r|\n|[^\x1b\r\n]+/g) ?? []) this.#obey(piece);
  };
  #obey(piece: string): void {
    // oxlint-disable-next-line no-control-regex -- a terminal's own language
    const up = /^\x1b\[(\d+)A$/.exec(piece);
    if (up) this.#row = Math.max(0, this.#row - Number(up[1]));
    else if (piece === '\x1b[J') this.rows_.length = this.#row;
    else if (piece === '\n') this.#row++;
    else if (piece !== '\r') this.#write(piece);
    while (this.rows_.length <= this.#row) this.rows_.push('');
  }
  #write(text: string): void {
    const parts = text.match(new RegExp(`.{1,${this.width}}`, 'g')) ?? [];
    for (const [index, part] of parts.entries()) {
      if (index > 0) this.#row++;
      this.rows_[this.#row] = part;
    }
  }
  /** A narrower window: what stands there wraps, as terminals do it. */
  resize(width: number): void {
    this.width = width;
    const before = this.rows_.slice(0, this.#row);
    this.rows_ = before.flatMap((row) => row.match(new RegExp(`.{1,${width}}`, 'g')) ?? ['']);
    this.#row = this.rows_.length;
    this.rows_.push('');
  }
  screen(): string[] {
    return this.rows_.slice(0, this.#row);
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('LiveScreen', () => {
  it('keeps lines that stay above the live area', () => {
    const terminal = new TinyTerminal(40);
    const screen = new LiveScreen(terminal);
    screen.show(['live 1', 'live 2']);
    screen.print(['first']);
    screen.print(['second']);
    expect(terminal.screen()).toEqual(['first', 'second', 'live 1', 'live 2']);
    screen.close();
    expect(terminal.screen()).toEqual(['first', 'second']);
  });

  it('paints at most every 100 ms, the newest state', () => {
    const terminal = new TinyTerminal(40);
    const screen = new LiveScreen(terminal);
    for (let count = 0; count < 1000; count++) {
      screen.show([`count ${count}`]);
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(100);
    expect(terminal.writes.length).toBeLessThanOrEqual(11);
    expect(terminal.screen()).toEqual(['count 999']);
  });

  it('writes nothing when nothing changed', () => {
    const terminal = new TinyTerminal(40);
    const screen = new LiveScreen(terminal);
    screen.show(['same']);
    vi.advanceTimersByTime(500);
    screen.show(['same']);
    vi.advanceTimersByTime(500);
    expect(terminal.writes).toHaveLength(1);
  });

  it('never lets a live line wrap', () => {
    const terminal = new TinyTerminal(10);
    const screen = new LiveScreen(terminal);
    screen.show(['a line that is much too long']);
    expect(terminal.screen()).toEqual(['a line t…']);
  });

  it('leaves no rest behind when the terminal became narrower', () => {
    const terminal = new TinyTerminal(40);
    const screen = new LiveScreen(terminal);
    screen.print(['stays']);
    screen.show(['x'.repeat(35), 'y'.repeat(35)]);
    terminal.resize(20);
    vi.advanceTimersByTime(200);
    screen.show(['new']);
    expect(terminal.screen()).toEqual(['stays', 'new']);
  });
});
