import type { Machine, Pointer } from './machine.ts';

/** Address of a value of the interpreter. Whoever has one frees it. */
export type Value = Pointer;

/** Something was thrown inside of a realm; the value is to be freed. */
export class Thrown extends Error {
  override readonly name = 'Thrown';
  readonly realm: Realm;
  readonly value: Value;
  constructor(realm: Realm, value: Value) {
    super('thrown in a script');
    this.realm = realm;
    this.value = value;
  }
}

const strict = 1 << 3;

/** A set of globals in the interpreter. */
export class Realm {
  readonly context: Pointer;
  readonly #machine: Machine;

  constructor(machine: Machine, runtime: Pointer) {
    this.#machine = machine;
    const everything = 0;
    this.context = machine.api.NewContext(runtime, everything);
  }

  /**
   * Value of an expression, or of a program's last statement.
   * @throws Thrown
   */
  evaluate(source: string, file: string): Value {
    const { api, write } = this.#machine;
    const code = write(source);
    const name = write(file);
    const result = api.Eval(this.context, code.at, code.bytes, name.at, 0, strict);
    api.free(code.at);
    api.free(name.at);
    return this.orThrown(result);
  }

  /**
   * Calls a function; the arguments stay the caller's.
   * @throws Thrown
   */
  call(target: Value, ...values: Value[]): Value {
    const { api, setNumber } = this.#machine;
    const list = api.malloc(4 * Math.max(1, values.length));
    for (const [index, value] of values.entries()) setNumber(list + 4 * index, value);
    const result = api.Call(this.context, target, api.GetUndefined(), values.length, list);
    api.free(list);
    return this.orThrown(result);
  }

  /** A function that calls {@link MachineCalls.call}. */
  outside(name: string): Value {
    const { api, write } = this.#machine;
    const text = write(name);
    const made = api.NewFunction(this.context, text.at, 0, 0, 0);
    api.free(text.at);
    return made;
  }

  text(text: string): Value {
    const { api, write } = this.#machine;
    const written = write(text);
    const made = api.NewString(this.context, written.at);
    api.free(written.at);
    return made;
  }

  /** A value as text; what a zero character follows is lost. */
  read(value: Value): string {
    const { api, read } = this.#machine;
    const at = api.GetString(this.context, value);
    const text = read(at);
    api.FreeCString(this.context, at);
    return text;
  }

  copy(value: Value): Value {
    return this.#machine.api.DupValuePointer(this.context, value);
  }

  free(...values: Value[]): void {
    for (const value of values) this.#machine.api.FreeValuePointer(this.context, value);
  }

  close(): void {
    this.#machine.api.FreeContext(this.context);
  }

  /** @throws Thrown where a result stands for something thrown */
  orThrown(result: Value): Value {
    const error = this.#machine.api.ResolveException(this.context, result);
    if (error === 0) return result;
    this.free(result);
    throw new Thrown(this, error);
  }
}
