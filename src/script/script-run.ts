/*
 * One run of a script, its children included.
 * S1 The interpreter is entered from here only, by one thing at a time: it begins, something settled, a timer fired. It then works until
 *    nothing is left to do without the host.
 * S2 Nothing of ours gets into it and nothing of its own comes out: both sides hand over JSON.
 * S3 Behind its end nothing of it runs, and the host is asked nothing.
 */
import type { GuestError } from './guest-error.ts';
import { endBy } from './guest-error.ts';
import { toWord } from './place-of.ts';
import type { WorkEnd } from './quickjs/interpreter.ts';
import { Interpreter } from './quickjs/interpreter.ts';
import type { Realm, Value } from './quickjs/realm.ts';
import { Thrown } from './quickjs/realm.ts';
import { RunningScript } from './running-script.ts';
import { readSchema } from './read-schema.ts';
import type { AgentCall, ScriptEnd, ScriptHost, ScriptLimits, ScriptRef, ScriptSource } from './script-host.ts';
import { stepsOf } from './steps-of.ts';
import { bounded, toSettled } from './handed-over.ts';

type ToldEnd = { status: 'returned'; hasValue?: boolean; value?: unknown } | ({ status: 'failed' } & GuestError);
type Question<T> = T & { id: number };

// Each is a timer of the workflow.
const timersAtOnce = 1000;

const mostRefused = 10_000;

export class ScriptRun {
  readonly ended: Promise<ScriptEnd>;
  readonly #host: ScriptHost;
  readonly #limits: ScriptLimits;
  readonly #interpreter: Interpreter;
  readonly #scripts = new Map<Realm, RunningScript>();
  readonly #files = new Map<string, string>();
  readonly #root: RunningScript;
  /** What is left to do in the scripts, in order (S1). */
  readonly #next: (() => void)[] = [];
  #isOver = false;
  #agents = 0;
  #refused = 0;
  #logLines = 0;
  /** How much the host still owes. */
  #open = 0;
  #resolve: (end: ScriptEnd) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(source: ScriptSource, args: unknown, host: ScriptHost, limits: ScriptLimits) {
    this.#host = host;
    this.#limits = limits;
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#interpreter = new Interpreter(limits, (realm, values) => this.#called(realm, values));
    this.#root = this.#add(source.file, null);
    this.#enter(this.#root, () => this.#begin(this.#root, source, { args }));
  }

  /** Steps that it has taken: the same whenever it is run again. */
  get taken(): number {
    return this.#interpreter.taken;
  }

  stop(): void {
    this.#fail({ kind: 'stopped', name: 'Error', message: 'stopped', stack: '' });
  }

  #add(file: string, parent: RunningScript['parent']): RunningScript {
    const { total } = this.#host.budget;
    const setup = { total, itemsPerCall: this.#limits.itemsPerCall, timersAtOnce };
    const script = new RunningScript(this.#interpreter.newRealm(), file, setup, parent);
    this.#scripts.set(script.realm, script);
    this.#files.set(toWord(file), file);
    return script;
  }

  #begin(script: RunningScript, source: ScriptSource, given: { args: unknown } | { handed: Value }): void {
    let program: Value;
    try {
      program = script.read(source);
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      this.#ended(script, { status: 'failed', ...script.describe(error.value), kind: 'syntax' });
      return;
    }
    script.begin(program, given);
  }

  // S1
  #enter(script: RunningScript, first: () => void): void {
    if (this.#isOver || script.hasEnded) return;
    let work: (() => void) | undefined = first;
    while (work !== undefined && !this.#isOver) {
      this.#look(
        script,
        this.#interpreter.work(script.realm, work, () => this.#isOver),
      );
      work = this.#next.shift();
    }
    if (!this.#isOver && this.#open === 0)
      this.#fail({ kind: 'standstill', name: 'Error', message: 'it waits for something that cannot come', stack: '' });
  }

  #look(script: RunningScript, end: WorkEnd): void {
    if (this.#isOver || end.how === 'idle') return;
    if (end.how === 'broken')
      return this.#fail({
        kind: 'memory',
        name: 'RangeError',
        message: `too large or too deep: ${end.reason}`,
        stack: '',
      });
    const told = end.thrown === null ? null : this.#describe(this.#scripts.get(end.realm) ?? script, end.thrown);
    if (end.how === 'threw' && told !== null) this.#fail(told);
    else this.#timeout(told?.stack ?? '');
  }

  #timeout(stack: string): void {
    const message = `it computed too long without waiting for an agent or a timer (more than ${this.#limits.steps} steps), or in all (${this.#limits.stepsInAll})`;
    this.#fail({ kind: 'timeout', name: 'Error', message, stack });
  }

  #describe(script: RunningScript, error: Value): GuestError | null {
    try {
      return script.describe(error);
    } catch {
      return null;
    }
  }

  /** A script called what it was given for that; the text is what the call gives, of questions: why they are not asked. */
  #called(realm: Realm, [what, told, value]: readonly Value[]): string {
    const script = this.#scripts.get(realm);
    if (this.#isOver || script === undefined || what === undefined || told === undefined) return '';
    const [name, text] = [realm.read(what), realm.read(told)];
    this.#interpreter.charge(stepsOf(name, text));
    if (this.#interpreter.isSpent && name !== 'end') return '';
    try {
      if (name === 'schema') return this.#schema(text);
      return this.#answer(script, name, JSON.parse(text === '' ? 'null' : text) as never, value);
    } catch (error) {
      this.#isOver = true;
      this.#clear();
      this.#reject(error);
      return '';
    }
  }

  #answer(script: RunningScript, what: string, told: never, value: Value | undefined): string {
    if (what === 'agent') return this.#agent(script, told);
    if (what === 'spent') return String(this.#host.budget.spent());
    if (what === 'log') this.#log(told);
    else if (what === 'phase') this.#host.phase(told);
    else if (what === 'partFailed') this.#host.partFailed(told);
    else if (what === 'timer') this.#timer(script, told);
    else if (what === 'clear') this.#clearTimer(script, (told as { id: number }).id);
    else if (what === 'child') this.#child(script, told, script.realm.copy(value!));
    else if (what === 'end') this.#ended(script, told, value);
    return '';
  }

  /** The script tries the patterns itself, where that counts as its own steps. */
  #schema(text: string): string {
    const reading = readSchema(text);
    if ('problem' in reading) this.#refuse();
    return JSON.stringify(reading);
  }

  #refuse(): void {
    if (++this.#refused < mostRefused) return;
    const message = `it asked for agents ${mostRefused} times in ways that are refused`;
    this.#fail({ kind: 'throw', name: 'Error', message, stack: '' });
  }

  #log(text: string): void {
    if (++this.#logLines <= this.#limits.logLines) this.#host.log(text);
  }

  #agent(script: RunningScript, { id, ...call }: Question<AgentCall>): string {
    if (this.#agents >= this.#limits.agents) {
      this.#refuse();
      return `a run asks ${this.#limits.agents} agents at most`;
    }
    this.#agents++;
    const asked = this.#host.agent(bounded(call));
    this.#when(asked, (reply) => this.#enter(script, () => script.send('settle', { id, ...toSettled(reply) })));
    return '';
  }

  #timer(script: RunningScript, { id, ms }: Question<{ ms: number }>): void {
    const { fired, clear } = this.#host.setTimer(ms);
    script.timers.set(id, clear);
    this.#when(fired, () => {
      script.timers.delete(id);
      this.#enter(script, () => script.send('fire', { id }));
    });
  }

  #clearTimer(script: RunningScript, id: number): void {
    if (!script.timers.has(id)) return;
    script.timers.get(id)!();
    script.timers.delete(id);
    this.#open--;
  }

  #child(script: RunningScript, { id, ref }: Question<{ ref: ScriptRef }>, args: Value): void {
    const name = 'name' in ref ? ref.name : ref.scriptPath;
    const found = this.#host.child(ref).then(
      (source) => ({ source }),
      (error: unknown) => ({ error: { kind: 'throw', name: 'Error', message: messageOf(error), stack: '' } }),
    );
    this.#when(found, (got) => {
      if ('error' in got)
        return this.#enter(script, () => script.send('settle', { id, as: 'error', content: got.error }));
      this.#enter(script, () => {
        this.#begin(this.#add(got.source.file, { script, id, name }), got.source, { handed: args });
        script.realm.free(args);
      });
    });
  }

  #ended(script: RunningScript, told: ToldEnd, value?: Value): void {
    if (this.#interpreter.isSpent) return this.#timeout(told.status === 'failed' ? told.stack : '');
    this.#endScript(script);
    if (script.parent === null) return this.#finish(told);
    const { script: parent, id, name } = script.parent;
    if (told.status === 'failed') this.#host.partFailed({ of: 'workflow', name, message: told.message });
    const handed = value === undefined ? null : script.realm.copy(value);
    // Its parent is told when the child's own turn is over.
    this.#next.push(() => {
      if (parent.hasEnded) return;
      if (told.status === 'failed') parent.send('settle', { id, as: 'error', content: told });
      else parent.send('settle', { id, as: 'child' }, handed!);
      this.#interpreter.close(script.realm);
    });
  }

  #endScript(script: RunningScript): void {
    script.hasEnded = true;
    for (const id of script.timers.keys()) this.#clearTimer(script, id);
    this.#scripts.delete(script.realm);
  }

  #finish(told: ToldEnd): void {
    if (told.status === 'failed') this.#fail(told);
    else this.#over({ status: 'returned', hasValue: told.hasValue === true, value: told.value });
  }

  #fail(error: GuestError): void {
    this.#over(endBy(error, this.#files, this.#root.file));
  }

  // S3
  #over(end: ScriptEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#clear();
    this.#resolve(end);
  }

  #clear(): void {
    for (const script of this.#scripts.values()) this.#endScript(script);
  }

  /** Goes on when the host has what it was asked for. */
  #when<T>(owed: Promise<T>, then: (value: T) => void): void {
    this.#open++;
    owed.then(
      (value) => {
        if (this.#isOver) return;
        this.#open--;
        then(value);
      },
      (error: unknown) => {
        this.#isOver = true;
        this.#clear();
        this.#reject(error);
      },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
