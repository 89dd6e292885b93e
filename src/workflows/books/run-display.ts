import { setCurrentDetails } from '@temporalio/workflow';
import type { RunOutline } from '../../contracts/outline.ts';
import type { RunAttributes } from './web-ui.ts';
import { setRunAttributes } from './web-ui.ts';

/** Shows a run in the Web UI: its page, and what lists can be filtered by. */
export class RunDisplay {
  readonly #outline: RunOutline;
  readonly #toDetails: () => string;
  #isDue = false;
  #attributes: RunAttributes = {};

  /** @param toDetails what its page shows */
  constructor(outline: RunOutline, toDetails: () => string) {
    this.#outline = outline;
    this.#toDetails = toDetails;
  }

  /** Changes what lists can be filtered by. Told with the next look at the run, as each time is an event of the history. */
  set(values: RunAttributes): void {
    Object.assign(this.#attributes, values);
  }

  /** Shows where the run is: once, however much happens at the same time. */
  soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    void Promise.resolve().then(() => this.now());
  }

  /** The same at once. */
  now(): void {
    this.#isDue = false;
    const attributes = this.#attributes;
    this.#attributes = {};
    try {
      setRunAttributes(this.#outline, attributes);
      setCurrentDetails(this.#toDetails());
    } catch {
      // A picture that cannot be made is no reason for a run not to go on.
    }
  }
}
