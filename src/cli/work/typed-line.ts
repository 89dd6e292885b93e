/*
 * A line that somebody types as the answer to what stands on the screen.
 *
 * T1 What was typed before a question stood there never answers it: keys count once the question has been shown and the keyboard was
 *    silent for a moment since. A key that is held down, or a text that was pasted ahead, is dropped.
 * T2 Another question begins with an empty line, and T1 anew. One line answers one question: what is pasted behind it is dropped.
 * T3 Nothing but text gets into a line: no escape sequence, no control character.
 */

/**
 * How long the keyboard has to be silent before keys count, in ms (T1).
 *
 * @internal
 */
export const silenceMs = 400;

/** What came of keys. */
export type Typed = { kind: 'line'; text: string } | { kind: 'interrupt' } | { kind: 'text' };

const longest = 4000;
// oxlint-disable-next-line no-control-regex -- what arrow keys and pastes send besides text
const sequences = /\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b./gs;

/** What is typed to one question after the other. Times are of one clock, in ms. */
export class TypedLine {
  #text = '';
  #silentSince = Infinity;
  #counts = false;

  /** What has been typed so far. */
  get text(): string {
    return this.#text;
  }

  /** A question stands on the screen from now on (T1, T2). */
  begin(now: number): void {
    this.#text = '';
    this.#counts = false;
    this.#silentSince = now;
  }

  /** Keys as the terminal sent them. Ctrl-C counts at any time. */
  type(keys: string, now: number): Typed {
    if (keys.includes('\x03')) return { kind: 'interrupt' };
    if (!this.#counts) {
      const isSilent = now - this.#silentSince >= silenceMs;
      this.#silentSince = now;
      if (!isSilent) return { kind: 'text' };
      this.#counts = true;
    }
    for (const key of keys.replace(sequences, '')) {
      if (key === '\r' || key === '\n') return { kind: 'line', text: this.#text.trim() };
      this.#press(key);
    }
    return { kind: 'text' };
  }

  #press(key: string): void {
    if (key === '\x7f' || key === '\b') this.#text = Array.from(this.#text).slice(0, -1).join('');
    else if (key === '\x15') this.#text = '';
    else if (!/\p{Cc}/u.test(key) && this.#text.length < longest) this.#text += key; // T3
  }
}
