/*
 * F1 One thing at a time reaches a script, and the next only when it has come to rest: so the order of what it got is all there is to know.
 * F2 A run that goes on as new has its script run from the beginning and gives it what it had got, in the same order. What its agents answered
 *    comes from the store; the history has it once more, so all of it together is bounded.
 * F3 What a script computes is bounded between two waits for the workflow's own timer, however much reaches it at once: a workflow task ends.
 */
import { condition, sleep } from '@temporalio/workflow';
import type { Answer, CallEvent, ScriptEvent } from '../../contracts/script.ts';
import type { JsonObject } from '../../domain/json.ts';
import { longestOutput, parseOutput } from '../../domain/plan/output-note.ts';
import { scriptLimits } from '../../script/limits.ts';
import { longestReason, mostAnswers, mostTimers } from '../../script/run-limits.ts';
import type { AgentReply } from '../../script/script-host.ts';
import { readAnswers } from '../base/activity-proxies.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { Call, ScriptCalls } from './script-calls.ts';
import { settle } from './settle.ts';
import { cut } from '../../script/cut.ts';

/** Answers that are read at once. */
const mostAtOnce = 100;

interface Fed {
  books: RunBooks;
  calls: ScriptCalls;
  /** A timer's time has come. */
  fire: (number: number) => void;
  /** Steps that the script has taken. */
  taken: () => number;
}

/** What reaches a script, in which order. */
export class ScriptFeed {
  /** What has reached it. */
  readonly fed: ScriptEvent[] = [];
  /** What is to reach it next. */
  readonly due: ScriptEvent[] = [];
  /** Tokens of all whose answers have reached it. */
  tokens = 0;
  /** Characters of all those answers. */
  characters = 0;
  readonly #to: Fed;
  readonly #answers = new Map<string, Answer>();
  #timers = 0;
  #restedAt = 0;

  constructor(to: Fed) {
    this.#to = to;
  }

  /** Gives the script what it had got (F2). */
  async catchUp(events: readonly ScriptEvent[]): Promise<void> {
    for (const [at, event] of events.entries()) {
      if (needsAnswer(event) && !this.#answers.has(event[1])) await this.#read(events.slice(at));
      this.#give(event);
      await this.#settle();
    }
  }

  /** Gives it what comes, for as long as it runs. @throws Error when it cannot go on */
  async run(): Promise<never> {
    const { books } = this.#to;
    for (;;) {
      await condition(() => this.due.length > 0 && !books.isMoving);
      if (this.due.some(needsAnswer)) {
        // The store hears of an end before anything follows from it.
        await books.flush();
        await this.#read(this.due);
      }
      while (this.due.length > 0 && !books.isMoving && this.#isThere(this.due[0]!)) {
        this.#give(this.due.shift()!);
        await this.#settle();
      }
    }
  }

  // F3
  async #settle(): Promise<void> {
    await settle();
    const taken = this.#to.taken();
    if (taken - this.#restedAt < scriptLimits.steps) return;
    this.#restedAt = taken;
    await sleep(1);
  }

  #isThere(event: ScriptEvent): boolean {
    return !needsAnswer(event) || this.#answers.has(event[1]);
  }

  async #read(events: readonly ScriptEvent[]): Promise<void> {
    const { books } = this.#to;
    const wanted = events.filter(needsAnswer).map(([, id]) => id);
    const ids = [...new Set(wanted)].filter((id) => !this.#answers.has(id)).slice(0, mostAtOnce);
    if (ids.length === 0) return;
    const { answers } = await books.log.inTurn(() => readAnswers({ runKey: books.runKey, ids }));
    for (const [index, answer] of answers.entries()) this.#answers.set(ids[index]!, answer);
  }

  /** Something has come of a call: what came first counts. */
  ended([kind, id, message]: CallEvent): void {
    if (this.isDue(id) || (this.#to.calls.find(id)?.reply ?? null) !== null) return;
    this.due.push(message === undefined ? [kind as 'none', id] : [kind as 'error', id, cut(message, longestReason)]);
  }

  /** Whether what came of a call is to reach the script. */
  isDue(id: string): boolean {
    return this.due.some((event) => event[0] !== 'timer' && event[1] === id);
  }

  #give(event: ScriptEvent): void {
    this.fed.push(event);
    if (event[0] === 'timer') return this.#fire(event[1]);
    const call = this.#to.calls.find(event[1]);
    if (!call) throw new Error(`the script did not ask ${event[1]} again: it does not do the same each time`);
    const reply = this.#toReply(event, call);
    call.reply = { kind: reply.kind, at: this.fed.length };
    call.resolve(reply);
  }

  #fire(number: number): void {
    if (++this.#timers > mostTimers) throw new Error(`a script's timers fire at most ${mostTimers} times in a run`);
    this.#to.fire(number);
  }

  #toReply(event: CallEvent, { call }: Call): AgentReply {
    if (event[0] === 'error') return { kind: 'error', message: event[2] };
    if (event[0] === 'schema') return { kind: 'error', message: event[2], about: 'schema' };
    if (event[0] === 'none') return { kind: 'none' };
    if (event[0] === 'empty') return { kind: 'text', text: '' };
    const { text, length, tokens } = this.#answers.get(event[1])!;
    this.#answers.delete(event[1]);
    this.tokens += tokens;
    this.characters += text.length;
    if (this.characters > mostAnswers)
      throw new Error(`the answers that a script gets have at most ${mostAnswers} characters together`);
    if (length > longestOutput)
      return { kind: 'error', message: `the answer has ${length} characters, and a script takes ${longestOutput}` };
    if (call.schema === null) return { kind: 'text', text };
    const value = parseOutput(text, call.schema as JsonObject);
    if (value !== undefined) return { kind: 'value', value };
    return { kind: 'error', message: 'the answer is not JSON', about: 'schema' };
  }
}

function needsAnswer(event: ScriptEvent): event is ['answered', string] {
  return event[0] === 'answered';
}
