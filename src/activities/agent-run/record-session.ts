import type { KeptBlock, KeptMessage } from '../../domain/conversation/conversation.ts';
import { textOf } from '../../domain/conversation/conversation.ts';
import { fingerprint, preview } from '../../domain/fingerprint.ts';
import { modelKey, toolKey } from '../../domain/ids/journal-key.ts';
import type { JsonObject } from '../../domain/json.ts';
import { loopLimit } from '../../domain/turns/loop-detection.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { lineOf, readCall } from '../../domain/tools/canonical-call.ts';
import { maskToken } from '../../runners/mask-token.ts';
import type { RunnerEvent } from '../../runners/runner.ts';
import { toStorable } from '../../store/database/jsonb.ts';
import { appendNew } from '../../store/run/events.ts';
import type { StoredMessage } from '../../store/run/conversation.ts';
import { foreignMessageId, writeForeignMessage } from '../../store/run/foreign-messages.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** Longest text of one block that is kept, in characters. */
const longestText = 200_000;

type Step = { taskId: string; attempt: number; epoch: number };
type Said = Extract<RunnerEvent, { type: 'text' | 'tool-call' | 'tool-result' }>;

/**
 * Keeps what a session says as messages of the conversation, and tells its calls in the run's story. A turn is an answer of the agent, with
 * all of its calls; the results of these are the message after it.
 */
export class SessionRecord {
  readonly #dependencies: Pick<ActivityDependencies, 'store'>;
  readonly #run: FrozenRun;
  readonly #step: Step;
  readonly #token: string;
  #last: StoredMessage;
  #turn: number;
  #answer: KeptBlock[] = [];
  #results: KeptBlock[] = [];
  readonly #open = new Map<string, { tool: string; at: number }>();
  #events: RunEventDraft[] = [];
  #prints: string[] = [];

  /** `last`: the message that the session answers; `turn`: the number of the turn before it; `token`: what is kept nowhere. */
  constructor(
    dependencies: Pick<ActivityDependencies, 'store'>,
    run: FrozenRun,
    { step, last, turn, token }: { step: Step; last: StoredMessage; turn: number; token: string },
  ) {
    this.#dependencies = dependencies;
    this.#run = run;
    this.#step = step;
    this.#token = token;
    this.#last = last;
    this.#turn = turn;
  }

  /** Turns of the attempt that have begun. */
  get turns(): number {
    return this.#turn + (this.#answer.length > 0 ? 1 : 0);
  }

  /** Whether calls are under way. */
  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  /** The last message that is kept. */
  get last(): StoredMessage {
    return this.#last;
  }

  /** Fingerprints of the last turns, calls with their results, the one included whose results have just come. */
  printsNow(): readonly string[] {
    return this.#answer.length > 0 ? [...this.#prints, this.#print()].slice(-loopLimit) : this.#prints;
  }

  async note(event: Said): Promise<void> {
    if (event.type === 'tool-result') return this.#noteResult(event);
    // What comes after results is another answer.
    if (this.#results.length > 0 && !this.isBusy) await this.#keepTurn();
    if (event.type === 'text') this.#answer.push({ type: 'text', text: cut(event.text) });
    else this.#noteCall(event);
  }

  /** Notes what the agent is told next. */
  say(text: string): void {
    this.#results.push({ type: 'text', text: cut(text) });
  }

  /** Keeps what is still open; `text`: its last words instead of those that it said. @returns the last message of all */
  async end(text?: string): Promise<StoredMessage> {
    if (text !== undefined) {
      if (this.#results.length > 0) await this.#keepTurn();
      this.#answer = [{ type: 'text', text: cut(text) }];
    }
    if (this.#answer.length > 0 || this.#results.length > 0) await this.#keepTurn();
    await this.#tell([]);
    return this.#last;
  }

  /** Tells of something besides, with what the session tells next. */
  tell(...events: RunEventDraft[]): void {
    this.#events.push(...events);
  }

  /** The key of a call in the turn that is under way. */
  keyOf(toolUseId: string): string {
    return toolKey({ ...this.#step, turn: this.#turn + 1 }, toolUseId);
  }

  #noteCall({ id, tool, input, own }: Extract<Said, { type: 'tool-call' }>): void {
    this.#answer.push({ type: 'tool_use', id, name: tool, input: cutInput(input) });
    this.#open.set(id, { tool: own.tool, at: this.#turn + 1 });
    const line = preview(lineOf(readCall(own.tool, own.input, null)), 120);
    const told = { taskId: this.#step.taskId, tool: own.tool, toolUseId: id, preview: line };
    this.#events.push({ key: `call/${this.keyOf(id)}`, type: 'tool:call', ...told });
  }

  async #noteResult({ id, ok, text }: Extract<Said, { type: 'tool-result' }>): Promise<void> {
    const call = this.#open.get(id);
    this.#open.delete(id);
    const content = cut(text);
    this.#results.push({
      type: 'tool_result',
      tool_use_id: id,
      content: content || '(no output)',
      ...(!ok && { is_error: true }),
    });
    const told = { taskId: this.#step.taskId, tool: call?.tool ?? 'unknown', toolUseId: id, success: ok };
    this.#events.push({
      key: `result/${this.keyOf(id)}`,
      type: 'tool:result',
      ...told,
      preview: preview(content, 300),
    });
    await this.#tell([]);
  }

  async #keepTurn(): Promise<void> {
    const step = { ...this.#step, turn: this.#turn + 1 };
    const messages: StoredMessage[] = [];
    if (this.#answer.length > 0) messages.push(this.#next(step, 'assistant', this.#answer));
    if (this.#results.length > 0)
      messages.push(this.#next({ ...step, turn: step.turn + messages.length }, 'user', this.#results, messages.at(-1)));
    if (this.#answer.length > 0) this.#prints = [...this.#prints, this.#print()].slice(-loopLimit);
    if (this.#answer.length > 0) this.#turn++;
    [this.#answer, this.#results] = [[], []];
    await this.#tell(messages);
  }

  // Ids are new with each call.
  #print(): string {
    const asked = this.#answer.map((block) => (block.type === 'tool_use' ? [block.name, block.input] : block));
    const results = this.#results.map((block) =>
      block.type === 'tool_result' ? [block.content, block.is_error ?? false] : block,
    );
    return fingerprint(JSON.stringify([asked, results]));
  }

  #next(
    step: Step & { turn: number },
    role: KeptMessage['role'],
    content: KeptBlock[],
    parent: StoredMessage = this.#last,
  ): StoredMessage {
    return {
      ...{ id: foreignMessageId(this.#run.runKey, step, role), parent: parent.id, root: parent.root },
      ...{
        viewFrom: parent.viewFrom,
        depth: parent.depth + 1,
        callKey: modelKey(step),
        role,
        content: toStorable(content),
      },
    };
  }

  async #tell(said: StoredMessage[]): Promise<void> {
    const messages = maskToken(said, this.#token);
    const events = maskToken(this.#events, this.#token);
    this.#events = [];
    if (messages.length === 0 && events.length === 0) return;
    const { no } = this.#run;
    await this.#dependencies.store.transaction(async (sql) => {
      for (const message of messages) await writeForeignMessage(sql, no, message);
      await appendNew(sql, no, events);
    });
    this.#last = messages.at(-1) ?? this.#last;
  }
}

/** At most 300 characters of what a message says. */
export function previewOf(message: KeptMessage): string {
  return preview(textOf(message), 300);
}

function cut(text: string): string {
  if (text.length <= longestText) return text.toWellFormed();
  return `${text.slice(0, longestText).toWellFormed()}\n[shortened: ${text.length} characters in all]`;
}

function cutInput(input: JsonObject): JsonObject {
  const size = JSON.stringify(input).length;
  return size <= longestText ? input : { shortened: `${size} characters` };
}
