/*
 * A script at work: the world as it sees it, and what its calls become.
 *
 * S1 What it does depends on nothing but its source, its `args` and the order of what reaches it (script-feed.ts).
 * S2 Each call of `agent` is a task of the run, under an id that comes from the order of the calls: whoever runs the script again finds it.
 * S3 What the script does not wait for at its end is given up.
 */
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { AddCallsResult, CalledAgent, CallEvent, CarriedScript } from '../../contracts/script.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { toScriptKey } from '../../domain/plan/scripts.ts';
import { longestPrompt } from '../../script/run-limits.ts';
import { scriptLimits } from '../../script/limits.ts';
import { runScript } from '../../script/run-script.ts';
import type { AgentCall, AgentReply, ScriptEnd, ScriptHost, ScriptSource } from '../../script/script-host.ts';
import { addCalls, readScript } from '../base/activity-proxies.ts';
import { describeFailure, finalFailure } from '../base/failures.ts';
import type { Call } from './script-calls.ts';
import { ScriptCalls } from './script-calls.ts';
import { ScriptFeed } from './script-feed.ts';
import { ScriptStory } from './script-story.ts';
import { ScriptTimers } from './script-timers.ts';
import type { ScriptWorld } from './script-world.ts';
import { settle } from './settle.ts';

/** Calls that become tasks at once. */
const mostCalls = 50;

/** Characters of prompts that become tasks at once; at least one call does. */
const mostCharacters = 200_000;

/** How a script came to its end, and whose missing work it made good (see `ScriptCalls.handled`). */
export interface ScriptOutcome {
  /** null: its run was ended before. */
  end: ScriptEnd | null;
  handled: string[];
}

/** The run of one script. */
export class ScriptRun {
  readonly #world: ScriptWorld;
  readonly #taskId: string;
  readonly #carried: CarriedScript | null;
  readonly #calls: ScriptCalls;
  readonly #timers: ScriptTimers;
  readonly #story: ScriptStory;
  readonly #feed: ScriptFeed;
  readonly #fired = new Map<number, () => void>();
  readonly #children = new Map<string, ScriptSource | string>();
  /** Calls that are to become tasks. */
  #wanted: Call[] = [];
  /** Calls that are about to become some. */
  #adding: Promise<void> = Promise.resolve();
  #isCatchingUp: boolean;
  #taken = (): number => 0;

  constructor(world: ScriptWorld, taskId: string, carried: CarriedScript | null) {
    const { books } = world;
    this.#world = world;
    this.#taskId = taskId;
    this.#carried = carried;
    this.#isCatchingUp = carried !== null;
    this.#calls = new ScriptCalls(new Set([taskId]));
    this.#timers = new ScriptTimers(carried?.timers ?? [], (number) => this.#feed.due.push(['timer', number]));
    this.#story = new ScriptStory(books, taskId, carried);
    this.#feed = new ScriptFeed({
      books,
      calls: this.#calls,
      fire: (number) => this.#fire(number),
      taken: () => this.#taken(),
    });
    this.#feed.due.push(...(carried?.due ?? []));
  }

  toJSON(): CarriedScript {
    const { due } = this.#feed;
    const { told, openedAt } = this.#story;
    const now = {
      taskId: this.#taskId,
      due,
      fed: this.#feed.fed,
      timers: this.#timers.toJSON(),
      told,
      ...(openedAt !== null && { openedAt }),
    };
    // Nothing new has reached it yet.
    return this.#isCatchingUp && this.#carried ? { ...this.#carried, due } : now;
  }

  /** A task has come to its end. One that it did not ask for is not heard. */
  ended(event: CallEvent): void {
    this.#feed.ended(event);
  }

  /** Runs it to its end. @throws CancelledFailure; ApplicationFailure when it cannot go on */
  async run(): Promise<ScriptOutcome> {
    const source = await this.#read();
    const scope = new CancellationScope();
    let stop = (): void => undefined;
    try {
      return await scope.run(async () => {
        const script = runScript(source, this.#toHost(), scriptLimits);
        stop = () => script.stop();
        this.#taken = () => script.taken();
        return await this.#follow(script.ended);
      });
    } finally {
      stop();
      this.#timers.stop();
      this.#story.end();
      scope.cancel();
    }
  }

  async #follow(ended: Promise<ScriptEnd>): Promise<ScriptOutcome> {
    const { books } = this.#world;
    let end: ScriptEnd | null = null;
    let fault: { error: unknown } | null = null;
    const keep = (error: unknown): void => {
      if (!isCancellation(error)) fault ??= { error };
    };
    ended.then((one) => (end = one)).catch(keep);
    await settle();
    await this.#catchUp();
    for (const work of [this.#timers.run(), this.#add(), this.#feed.run()]) void work.catch(keep);
    await condition(() => end !== null || fault !== null || books.stop !== null);
    // What has become a task must be known before it is given up.
    await CancellationScope.nonCancellable(() => this.#adding.catch(keep));
    if (fault !== null) throw toFailure(fault);
    if (isReturned(end)) this.#dropOpen();
    return { end, handled: this.#calls.handled() };
  }

  async #catchUp(): Promise<void> {
    if (this.#carried === null) return;
    try {
      await this.#feed.catchUp(this.#carried.fed);
    } catch (error) {
      throw isCancellation(error) ? error : toFailure({ error });
    }
    this.#isCatchingUp = false;
    this.#wanted = this.#calls.open.filter(({ id }) => !this.#world.isKnown(id) && !this.#feed.isDue(id));
    this.#world.caughtUp(this.#feed.characters);
  }

  // S3
  #dropOpen(): void {
    for (const { id } of this.#calls.open)
      if (this.#world.isKnown(id)) this.#world.drop(id, 'the script ended without waiting for it');
  }

  async #read(): Promise<{ source: string; file: string; args: JsonValue | undefined }> {
    const { books } = this.#world;
    const read = (child: string | null) =>
      books.log.inTurn(() => readScript({ runKey: books.runKey, taskId: this.#taskId, child }));
    const own = await read(null);
    if ('problem' in own) throw finalFailure('ScriptFailed', own.problem);
    for (const key of own.children) {
      const child = await read(key);
      this.#children.set(key, 'problem' in child ? child.problem : child);
    }
    return { source: own.source, file: own.file, args: own.args };
  }

  #toHost(): ScriptHost {
    const total = this.#world.books.outline.limits.tokens;
    return {
      agent: (call) => this.#call(call, total),
      child: async (ref) => {
        const found = this.#children.get(toScriptKey(ref));
        if (found === undefined) throw new Error('a script can only call those that it names literally');
        if (typeof found === 'string') throw new Error(found);
        return found;
      },
      log: (text) => this.#story.log(text),
      phase: (title) => this.#story.phase(title),
      partFailed: (part) => this.#story.log(partText(part)),
      setTimer: (ms) => this.#setTimer(ms),
      budget: { total, spent: () => this.#feed.tokens },
    };
  }

  #call(call: AgentCall, total: number | null): Promise<AgentReply> {
    if (total !== null && this.#feed.tokens >= total)
      return Promise.resolve({ kind: 'error', message: `the budget of ${total} tokens is spent` });
    if (call.prompt.length > longestPrompt)
      return Promise.resolve({ kind: 'error', message: `a prompt has at most ${longestPrompt} characters` });
    return new Promise((resolve) => {
      // S2
      const added = this.#calls.add(call, this.#feed.fed.length, resolve);
      if (!this.#isCatchingUp) this.#wanted.push(added);
    });
  }

  #setTimer(ms: number): { fired: Promise<void>; clear: () => void } {
    const number = this.#timers.set(ms);
    const fired = new Promise<void>((resolve) => this.#fired.set(number, resolve));
    return {
      fired,
      clear: () => {
        this.#timers.clear(number);
        this.#fired.delete(number);
      },
    };
  }

  #fire(number: number): void {
    this.#timers.clear(number);
    this.#fired.get(number)?.();
    this.#fired.delete(number);
  }

  async #add(): Promise<never> {
    const { books } = this.#world;
    const { runKey } = books;
    for (;;) {
      await condition(() => this.#wanted.length > 0 && !books.isMoving);
      const batch = this.#nextBatch();
      const input = { runKey, script: this.#taskId, key: `script/${this.#taskId}/${batch[0]!.id}` };
      const adding = books.log.inTurn(() => addCalls({ ...input, calls: batch.map(toCalled) }));
      this.#adding = adding.then(({ added }) => this.#added(batch, added));
      await this.#adding;
    }
  }

  #added(batch: readonly Call[], added: AddCallsResult['added']): void {
    this.#world.addCalls(added.flatMap((one) => ('task' in one ? [one.task] : [])));
    for (const [index, one] of added.entries())
      if ('problem' in one) this.#feed.ended(['error', batch[index]!.id, one.problem]);
  }

  #nextBatch(): Call[] {
    let characters = 0;
    const fits = ({ call }: Call, index: number): boolean => {
      characters += call.prompt.length + JSON.stringify(call.schema).length;
      return index === 0 || (index < mostCalls && characters <= mostCharacters);
    };
    const end = this.#wanted.findIndex((call, index) => !fits(call, index));
    return this.#wanted.splice(0, end === -1 ? this.#wanted.length : end);
  }
}

// What the script may have overlooked: it sees null, or an error of its own.
function partText(part: Parameters<ScriptHost['partFailed']>[0]): string {
  const what = part.of === 'workflow' ? `the script ${part.name}` : `number ${part.index + 1} of a ${part.of}`;
  return `${what} threw: ${part.message}`;
}

function toCalled({ id, call }: Call): CalledAgent {
  const { label, phase: heading, prompt, agentType, model } = call;
  return { id, label, heading, prompt, agentType, model, schema: call.schema as JsonObject | null };
}

function isReturned(end: ScriptEnd | null): boolean {
  return end?.status === 'returned';
}

function toFailure({ error }: { error: unknown }): Error {
  return finalFailure('ScriptFailed', describeFailure(error).message);
}
