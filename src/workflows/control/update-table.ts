import { patched, setDefaultUpdateHandler, setHandler } from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import { refused } from '../base/failures.ts';

interface UpdateOptions<Input> {
  /** @throws ApplicationFailure when it is refused */
  validator: (input: Input) => void;
  /**
   * The same for what is refused since a later version: never asked of an update that came before the run had opened, as those are
   * checked again in replay.
   *
   * @throws ApplicationFailure
   */
  laterValidator?: (input: Input) => void;
  description: string;
}

interface Entry {
  handler: (input: never) => unknown;
  validator: (input: never) => void;
}

/** The updates that a run takes. One that comes before the run has opened waits for that, instead of being refused. */
export class UpdateTable {
  /** Whether the run takes no more of them, as its result is being written. */
  isClosed: () => boolean = () => false;
  readonly #entries = new Map<string, Entry>();
  /** Updates that are held back. */
  #held = 0;
  #open: () => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;

  /** Holds updates back from now on, until {@link open}. */
  hold(): this {
    const opened = new Promise<void>((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
    opened.catch(() => undefined);
    setDefaultUpdateHandler(async (name, input) => {
      this.#held++;
      await opened;
      const entry = this.#entries.get(name);
      if (!entry) throw refused(`there is no update ${name}`);
      entry.validator(input as never);
      return entry.handler(input as never);
    });
    return this;
  }

  set<Result, Input>(
    definition: UpdateDefinition<Result, [Input]>,
    handler: (input: Input) => Result | Promise<Result>,
    options: UpdateOptions<Input>,
  ): void {
    const { validator: check, laterValidator, description } = options;
    const validator = (input: Input): void => {
      if (this.isClosed())
        throw refused('the run has ended and takes nothing more: its result is written once a worker is at work on it');
      check(input);
    };
    const live = (input: Input): void => {
      validator(input);
      laterValidator?.(input);
    };
    setHandler(definition, handler, { description, validator: live });
    this.#entries.set(definition.name, { handler, validator });
  }

  /** All handlers are there. `takenUp`: once what an execution before left is at work again, as only then it can be told anything; null: at once. */
  open(takenUp: Promise<void> | null = null): void {
    setDefaultUpdateHandler(undefined);
    if (takenUp && this.#held > 0 && patched('taken-up-first')) void takenUp.then(this.#open);
    else this.#open();
  }

  /** The run could not be opened. */
  fail(error: unknown): void {
    this.#fail(error);
  }
}
