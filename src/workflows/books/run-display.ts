import type { RunOutline } from '../../contracts/outline.ts';
import type { TaskState } from './work-item.ts';
import type { RunAttributes } from './web-ui.ts';
import { setRunAttributes, showRun } from './web-ui.ts';

/** Shows a run in the Web UI: its page, and what lists can be filtered by. */
export class RunDisplay {
  readonly #outline: RunOutline;
  readonly #tasks: ReadonlyMap<string, TaskState>;
  #isDue = false;
  #attributes: RunAttributes = {};

  constructor(outline: RunOutline, tasks: ReadonlyMap<string, TaskState>) {
    this.#outline = outline;
    this.#tasks = tasks;
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
      showRun(this.#outline, this.#tasks);
    } catch {
      // A picture that cannot be made is no reason for a run not to go on.
    }
  }
}
