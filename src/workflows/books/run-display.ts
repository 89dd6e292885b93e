import { upsertMemo } from '@temporalio/workflow';
import type { RunOutline } from '../../contracts/outline.ts';
import type { RunAttributes } from './web-ui.ts';
import { setRunAttributes } from './web-ui.ts';
import { showDetails } from '../base/show-details.ts';

/** Shows a run in the Web UI: its page, and what lists can be filtered by. */
export class RunDisplay {
  readonly #outline: RunOutline;
  #isDue = false;
  #attributes: RunAttributes = {};

  /** @param toDetails what its page shows */
  constructor(outline: RunOutline, toDetails: () => string) {
    this.#outline = outline;
    showDetails(toDetails);
  }

  /** Changes what lists can be filtered by. Told with the next {@link soon}, as each time is an event of the history. */
  set(values: RunAttributes): void {
    Object.assign(this.#attributes, values);
  }

  /** Tells what lists can be filtered by: once, however much happens at the same time. */
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
    } catch {
      // What lists cannot be filtered by is no reason for a run not to go on.
    }
  }

  /** Keeps values with the run that can be seen without a worker, and after its end. */
  keep(values: Record<string, unknown>): void {
    try {
      upsertMemo(values);
    } catch {
      // What only people look at is no reason for a run not to end.
    }
  }
}
