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

// To say what was wrong when all are taken.
const leastSteps = 20;

export class Interpreter {
  readonly #machine: Machine;
  readonly #runtime: Pointer;
  readonly #realms = new Map<Pointer, Realm>();
  readonly #limits: { steps: number; stepsInAll: number };
  #mostSteps: number;
  readonly #jobContext: Pointer;
  #steps = 0;
  /** Turns that it was given when it was entered. */
  #turns = 0;
  /** Steps before it was entered. */
  #before = 0;

  /** @param limits bytes that scripts may allocate, and steps of one piece of work */
  constructor(limits: { memoryBytes: number; steps: number; stepsInAll: number }, outside: OutsideCall) {
    this.#limits = limits;
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

  /** Steps so far, also those that turns of loops stand for. */
  get taken(): number {
    const turns = this.#turns - Math.max(0, this.#machine.fuelLeft());
    return this.#before + Math.max(this.#steps, turns / turnsAStep);
  }

  /** Counts work that was done outside, in steps and parts of them. What goes on then is stopped when the interpreter next asks. */
  charge(steps: number): void {
    this.#steps += steps;
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
    const { steps, stepsInAll } = this.#limits;
    this.#before = this.taken;
    this.#steps = 0;
    this.#mostSteps = Math.max(leastSteps, Math.min(steps, stepsInAll - this.#before));
    this.#turns = Math.min(2 ** 31 - 1, Math.floor(this.#mostSteps * turnsAStep));
    this.#machine.refuel(this.#turns);
  }

  // Promises catch what is thrown in a job; what comes out of one could not be caught.
  #doJob(): void {
    const { api, readNumber } = this.#machine;
    const result = api.ExecutePendingJob(this.#runtime, 1, this.#jobContext);
    const realm = this.#realms.get(readNumber(this.#jobContext));
    if (realm !== undefined) realm.free(realm.orThrown(result));
  }
}
