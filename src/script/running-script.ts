import type { GuestError } from './guest-error.ts';
import { guestFile, guestSource } from './guest/guest-source.ts';
import { toWord } from './place-of.ts';
import type { Realm, Value } from './quickjs/realm.ts';
import type { ScriptSource } from './script-host.ts';
import { toProgram } from './to-program.ts';

/** What the globals of a script go by. */
export interface GuestSetup {
  total: number | null;
  itemsPerCall: number;
  timersAtOnce: number;
  isChild: boolean;
}

/** A script in a realm of its own. */
export class RunningScript {
  readonly realm: Realm;
  readonly file: string;
  /** Which question of which script it answers. */
  readonly parent: { script: RunningScript; id: number; name: string } | null;
  readonly timers = new Map<number, () => void>();
  hasEnded = false;
  readonly #enter: Value;

  constructor(realm: Realm, file: string, setup: Omit<GuestSetup, 'isChild'>, parent: RunningScript['parent']) {
    this.realm = realm;
    this.file = file;
    this.parent = parent;
    const make = realm.evaluate(guestSource, guestFile);
    const [host, text] = [realm.outside('host'), realm.text(JSON.stringify({ ...setup, isChild: parent !== null }))];
    this.#enter = realm.call(make, host, text);
    realm.free(make, host, text);
  }

  /**
   * The script as a function of the interpreter.
   * @throws Thrown where the interpreter cannot read it
   */
  read({ source, file }: ScriptSource): Value {
    return this.realm.evaluate(toProgram(source), toWord(file));
  }

  /**
   * Starts it: with JSON, or with what another script hands over.
   * @throws Thrown
   */
  begin(program: Value, given: { args: unknown } | { handed: Value }): void {
    if ('args' in given) this.send('begin', { hasArgs: true, args: given.args }, program);
    else this.send('begin', { hasArgs: false }, program, given.handed);
  }

  describe(error: Value): GuestError {
    return JSON.parse(this.send('describe', {}, error)) as GuestError;
  }

  /**
   * Calls one of the entries of the guest; gives what it gives as text.
   * @throws Thrown
   */
  send(what: 'begin' | 'settle' | 'fire' | 'describe', told: object, ...values: Value[]): string {
    const { realm } = this;
    const [name, text] = [realm.text(what), realm.text(JSON.stringify(told))];
    const result = realm.call(this.#enter, name, text, ...values);
    const given = realm.read(result);
    realm.free(name, text, result);
    return given;
  }
}
