import type { Machine, Pointer } from './machine.ts';
import { loadMachine } from './machine.ts';
import type { Value } from './realm.ts';
import { Realm, Thrown } from './realm.ts';

/** How some work ended: nothing is left to do; it took too many steps; the interpreter cannot go on. */
export type WorkEnd =
  | { how: 'idle' }
  | { how: 'steps'; realm: Realm; thrown: Value | null }
  | { how: 'threw'; realm: Realm; thrown: Value }
  | { how: 'broken'; reason: string };

/** What a function of the outside does; its text becomes what the call gives. It must not throw. */
export type OutsideCall = (realm: Realm, values: readonly Value[]) => string;

// Deep enough for what people write. Native frames take up to twelve times as much as this counts, of the 4 MB that a worker's thread has.
const stackBytes = 192 * 1024;

// A step is some ten thousand turns for common code. What is done at once, as a search in a text of megabytes, takes turns without steps.
const turnsAStep = 50_000;

export class Interpreter {
  readonly #machine: Machine;
  readonly #runtime: Pointer;
  readonly #realms = new Map<Pointer, Realm>();
  readonly #mostSteps: number;
  readonly #jobContext: Pointer;
  #steps = 0;

  /** @param limits bytes that scripts may allocate, and steps of one piece of work */
  constructor(limits: { memoryBytes: number; steps: number }, outside: OutsideCall) {
    this.#mostSteps = limits.steps;
    this.#machine = loadMachine(limits.memoryBytes, {
      call: (context, argumentsAt, count) => {
        const realm = this.#realms.get(context);
        if (realm === undefined) return 0;
        const at = (index: number): Value => this.#machine.api.ArgvGetJSValueConstPointer(argumentsAt, index);
        return realm.text(
          outside(
            realm,
            Array.from({ length: count }, (_, index) => at(index)),
          ),
        );
      },
      interrupts: () => ++this.#steps > this.#mostSteps,
    });
    const { api } = this.#machine;
    this.#runtime = api.NewRuntime();
    api.RuntimeSetMemoryLimit(this.#runtime, limits.memoryBytes);
    api.RuntimeSetMaxStackSize(this.#runtime, stackBytes);
    api.RuntimeEnableInterruptHandler(this.#runtime);
    this.#jobContext = api.malloc(4);
  }

  /** It did more than it may since it was entered: whatever it still does is no longer meant. */
  get isSpent(): boolean {
    return this.#steps > this.#mostSteps || !this.#machine.hasFuel();
  }

  newRealm(): Realm {
    const realm = new Realm(this.#machine, this.#runtime);
    this.#realms.set(realm.context, realm);
    return realm;
  }

  close(realm: Realm): void {
    this.#realms.delete(realm.context);
    realm.close();
  }

  /** Does something in a realm, and what follows from it, until `isOver` or until nothing is left. */
  work(realm: Realm, first: () => void, isOver: () => boolean): WorkEnd {
    this.#refuel();
    try {
      first();
      while (!isOver() && this.#machine.api.IsJobPending(this.#runtime) !== 0) this.#doJob();
      return this.isSpent ? { how: 'steps', realm, thrown: null } : { how: 'idle' };
    } catch (error) {
      if (!this.#machine.hasFuel()) return { how: 'steps', realm, thrown: null };
      if (!(error instanceof Thrown))
        return { how: 'broken', reason: error instanceof Error ? error.message : String(error) };
      const how = this.isSpent ? 'steps' : 'threw';
      // Whoever looks at what was thrown needs some steps for that.
      this.#refuel();
      return { how, realm: error.realm, thrown: error.value };
    }
  }

  #refuel(): void {
    this.#steps = 0;
    this.#machine.refuel(Math.min(2 ** 31 - 1, this.#mostSteps * turnsAStep));
  }

  // Promises catch what is thrown in a job; what comes out of one could not be caught.
  #doJob(): void {
    const { api, readNumber } = this.#machine;
    const result = api.ExecutePendingJob(this.#runtime, 1, this.#jobContext);
    const realm = this.#realms.get(readNumber(this.#jobContext));
    if (realm !== undefined) realm.free(realm.orThrown(result));
  }
}
