import { Ajv2020 } from 'ajv/dist/2020.js';
import { checkScript } from '../../../src/script/check/check-script.ts';
import type { AgentCall, AgentReply, ScriptHost, ScriptRef, ScriptSource } from '../../../src/script/script-host.ts';
import type { OracleFailure, OracleTurn } from './oracle.ts';
import { readScript } from './oracle.ts';

/** What each answer takes that says nothing else, in ms of the world's clock. */
const commonDelayMs = 20;
const tries = 5;

/** What was seen of a script. */
export interface Seen {
  calls: AgentCall[];
  order: string[];
  phases: string[];
  logs: string[];
  failures: OracleFailure[];
  modelCalls: number;
  done: number;
}

/** A host whose model answers by keys in the prompt, on a clock that jumps to whatever comes next. */
export class ScriptWorld implements ScriptHost {
  readonly seen: Seen = { calls: [], order: [], phases: [], logs: [], failures: [], modelCalls: 0, done: 0 };
  readonly budget: { total: number | null; spent(): number };
  readonly #answers: Record<string, OracleTurn | OracleTurn[]>;
  readonly #children: readonly string[];
  readonly #queue: { at: number; action: () => void }[] = [];
  #now = 0;

  constructor(
    answers: Record<string, OracleTurn | OracleTurn[]>,
    children: readonly string[] = [],
    total: number | null = null,
  ) {
    this.#answers = answers;
    this.#children = children;
    this.budget = { total, spent: () => this.seen.modelCalls * 10 };
  }

  /** Lets time go by until the promise settles. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = (): void => void (isSettled = true);
    promise.then(settled, settled);
    for (;;) {
      await new Promise((resolve) => void setImmediate(resolve));
      if (isSettled) return promise;
      const next = this.#queue.toSorted((one, other) => one.at - other.at)[0];
      if (next === undefined) throw new Error('nothing is left that could happen, and the script goes on');
      this.#queue.splice(this.#queue.indexOf(next), 1);
      this.#now = next.at;
      next.action();
    }
  }

  agent(call: AgentCall): Promise<AgentReply> {
    this.seen.calls.push(call);
    this.#seePhase(call.phase);
    if (call.agentType !== null && call.agentType !== 'general-purpose')
      return Promise.resolve({ kind: 'error', message: `there is no agent ${call.agentType}` });
    const key = this.#keyOf(call.prompt);
    this.seen.order.push(key);
    const { reply, delayMs } = this.#converse(call, [this.#answers[key]!].flat());
    if (reply.kind === 'none') this.seen.failures.push({ at: 'agent', label: call.label });
    if (reply.kind === 'text' || reply.kind === 'value') this.seen.done++;
    return new Promise((resolve) => this.#at(delayMs, () => resolve(reply)));
  }

  child(ref: ScriptRef): Promise<ScriptSource> {
    const path = 'scriptPath' in ref ? ref.scriptPath.replace('.claude/workflows', 'children') : null;
    const file = path ?? this.#children.find((one) => nameOf(one) === ('name' in ref ? ref.name : null));
    try {
      return Promise.resolve({ source: readScript(file ?? 'none'), file: file! });
    } catch {
      return Promise.reject(new Error('there is no such script'));
    }
  }

  log(text: string): void {
    this.seen.logs.push(text);
  }

  phase(title: string): void {
    this.#seePhase(title);
  }

  partFailed(part: Parameters<ScriptHost['partFailed']>[0]): void {
    if (part.of === 'parallel') this.seen.failures.push({ at: 'parallel', index: part.index });
    if (part.of === 'workflow') this.seen.failures.push({ at: 'child', name: part.name });
  }

  setTimer(ms: number): { fired: Promise<void>; clear(): void } {
    let isCleared = false;
    const fired = new Promise<void>((resolve) => this.#at(ms, () => (isCleared ? undefined : resolve())));
    return { fired, clear: () => void (isCleared = true) };
  }

  #seePhase(title: string | null): void {
    if (title !== null && !this.seen.phases.includes(title)) this.seen.phases.push(title);
  }

  #at(delayMs: number, action: () => void): void {
    this.#queue.push({ at: this.#now + delayMs, action });
  }

  #keyOf(prompt: string): string {
    const keys = Object.keys(this.#answers).filter((key) => prompt.includes(key));
    const longest = keys.toSorted((one, other) => other.length - one.length)[0];
    if (longest === undefined) throw new Error(`no answer for ${prompt}`);
    return longest;
  }

  /** The turns of one agent: a structured answer that does not fit is asked for again, a text instead of it once. */
  #converse({ schema }: AgentCall, turns: OracleTurn[]): { reply: AgentReply; delayMs: number } {
    let delayMs = commonDelayMs;
    let texts = 0;
    for (let turn = 0; turn < tries; turn++) {
      this.seen.modelCalls++;
      const said = turns[Math.min(turn, turns.length - 1)]!;
      const { text = '', delay = 0, stop, json, status } = typeof said === 'string' ? { text: said } : said;
      delayMs += delay * 1000;
      if (status !== undefined || stop !== undefined) return { reply: { kind: 'none' }, delayMs };
      if (schema === null)
        return { reply: { kind: 'text', text: json === undefined ? text : JSON.stringify(json) }, delayMs };
      if (json === undefined && ++texts > 1) break;
      const isFitting =
        json !== undefined && new Ajv2020({ strict: false, validateFormats: false }).compile(schema)(json);
      if (isFitting) return { reply: { kind: 'value', value: json }, delayMs };
    }
    return { reply: { kind: 'error', about: 'schema', message: 'no answer fits the schema' }, delayMs };
  }
}

function nameOf(file: string): string | null {
  const checked = checkScript(readScript(file));
  return 'meta' in checked ? checked.meta.name : null;
}
