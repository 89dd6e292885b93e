import type {
  PromptResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionUpdate,
} from '@agentclientprotocol/sdk';
import { methods } from '@agentclientprotocol/sdk';
import { printOf } from '../call-print.ts';
import { PutOffCall, endOnCall } from '../put-off.ts';
import type { Decision, ForeignCall, OwnCall, ResumeFrom, RunnerEvent, SessionEnd, SessionProcess } from '../runner.ts';
import { endedWithoutWords } from '../session.ts';
import type { AcpAgent, AcpListener } from './acp-connection.ts';
import { AcpStory } from './acp-story.ts';
import { toCall } from './acp-tools.ts';
import { EventQueue } from './event-queue.ts';

type Call = ForeignCall & { own: OwnCall };

/** A question of the agent's that waits for an answer. */
interface Asked {
  call: Call;
  request: RequestPermissionRequest;
  reply: (response: RequestPermissionResponse) => void;
}

const tooManyCalls = 'the agent has more calls under way than any agent makes';

const cancelled: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } };

/** An agent at work: its turns, what it tells meanwhile, and what it asks. */
export class AcpSession implements AcpListener {
  readonly events = new EventQueue<RunnerEvent>();
  readonly #process: SessionProcess;
  readonly #stderr: Promise<string>;
  readonly #rules: { decides: boolean; maxTurns: number };
  readonly #story = new AcpStory();
  readonly #asked = new Map<string, Asked>();
  /** What it is told at the end of the turn that it is at. */
  readonly #next: string[] = [];
  readonly #putOff: PutOffCall;
  /** Of the call that somebody wants instead of another: it may run. */
  #wanted: string | null = null;
  #cut: SessionEnd | null = null;
  #cancel: () => void = () => undefined;
  /** Its turns are told: those of a session that is loaded again were told before. */
  isAtWork = false;

  constructor(
    process: SessionProcess,
    stderr: Promise<string>,
    rules: { decides: boolean; maxTurns: number; from: ResumeFrom | null },
  ) {
    this.#process = process;
    this.#stderr = stderr;
    this.#rules = rules;
    this.#putOff = new PutOffCall(rules.from);
  }

  update(update: SessionUpdate): void {
    if (!this.isAtWork || this.#cut) return;
    this.events.push(...this.#story.read(update));
    const { isInRound, isOverfull, rounds, lastText: text } = this.#story;
    if (isOverfull) this.#end({ type: 'end', status: 'failed', reason: tooManyCalls, text });
    else if (!isInRound && rounds >= this.#rules.maxTurns && update.sessionUpdate === 'tool_call_update')
      this.#end({ type: 'end', status: 'limit', reason: 'it used up its turns', text });
  }

  room(): Promise<void> {
    return this.events.room();
  }

  async permission(request: RequestPermissionRequest): Promise<RequestPermissionResponse> {
    const { call: told, events } = this.#story.asked(request.toolCall);
    const call = toCall(told);
    this.events.push(...events);
    if (this.#story.isOverfull)
      this.#end({ type: 'end', status: 'failed', reason: tooManyCalls, text: this.#story.lastText });
    const isWanted = this.#wanted !== null && this.#wanted === printOf(call);
    if (isWanted) this.#wanted = null;
    if (isWanted || !this.#rules.decides) return this.#replyTo(request, { outcome: 'allow' });
    const asked = { ...call, id: this.#putOff.idOf(call) };
    return new Promise((reply) => {
      this.#asked.set(asked.id, { call: asked, request, reply });
      this.events.push({ type: 'permission', ...asked });
    });
  }

  async answer(id: string, decision: Decision): Promise<void> {
    const asked = this.#asked.get(id);
    if (!asked) return;
    this.#asked.delete(id);
    if (decision.outcome === 'defer') return this.cutShort(endOnCall(asked.call, this.#story.lastText));
    if (decision.outcome === 'allow' && decision.input) this.#want({ ...asked.call, input: decision.input });
    asked.reply(this.#replyTo(asked.request, decision));
  }

  /** What it hears when its turn ends; false: it has none any more. */
  say(text: string): boolean {
    if (!this.isAtWork || this.#cut) return false;
    this.#next.push(text);
    return true;
  }

  /** Ends it before it does anything more. */
  async cutShort(end: SessionEnd): Promise<void> {
    this.#cut ??= end;
    await this.#process.stop();
  }

  /** Turn after turn, until nothing is left to say to it. */
  async work(agent: AcpAgent, sessionId: string, texts: readonly string[]): Promise<void> {
    const { agent: peer } = agent.connection;
    const { session } = methods.agent;
    this.#cancel = () => void peer.notify(session.cancel, { sessionId });
    this.isAtWork = true;
    let end: SessionEnd;
    try {
      let response: PromptResponse;
      let said = texts;
      do {
        response = await peer.request(session.prompt, {
          sessionId,
          prompt: said.map((text) => ({ type: 'text', text })),
        });
        this.events.push(...this.#story.flush());
        said = this.#next.splice(0);
      } while (said.length > 0);
      end = endOf(response.stopReason, this.#story.lastText);
    } catch (error) {
      end = await this.#endBy(error as Error, agent);
    }
    this.isAtWork = false;
    agent.connection.close();
    await this.finish(end);
  }

  /** Tells the end, once nothing is left of it. */
  async finish(end: SessionEnd): Promise<void> {
    await this.#process.stop();
    this.events.push(...this.#story.flush(), this.#cut ?? end);
    this.events.close();
  }

  // The protocol has no words for another input: it is told to make that call instead.
  #want({ tool, input }: Call): void {
    this.#wanted = printOf({ tool, input });
    const call = JSON.stringify(input);
    this.#next.push(
      `Your call of ${tool} may run with another input, which somebody wants instead. Make it exactly so: ${call}\nOther calls that you made beside it did not run: make again those that you still need.`,
    );
    this.#cancel();
  }

  #end(end: SessionEnd): void {
    this.cutShort(end).catch((error: unknown) => this.events.close(error));
  }

  #replyTo(
    { options }: RequestPermissionRequest,
    decision: Exclude<Decision, { outcome: 'defer' }>,
  ): RequestPermissionResponse {
    if (decision.outcome === 'allow' && decision.input) return cancelled;
    const kind = decision.outcome === 'allow' ? 'allow_once' : 'reject_once';
    const option = options.find((each) => each.kind === kind);
    return option ? { outcome: { outcome: 'selected', optionId: option.optionId } } : cancelled;
  }

  // An agent that answers with an error is there still; one that has gone told nothing.
  async #endBy(error: Error, agent: AcpAgent): Promise<SessionEnd> {
    const text = this.#story.lastText;
    if (!agent.connection.signal.aborted) return { type: 'end', status: 'refused', reason: error.message, text };
    return endedWithoutWords('the agent', await this.#process.ended, { stderr: await this.#stderr, text });
  }
}

function endOf(reason: PromptResponse['stopReason'], text: string): SessionEnd {
  if (reason === 'end_turn') return { type: 'end', status: 'finished', reason: 'it says that it is done', text };
  if (reason === 'max_turn_requests') return { type: 'end', status: 'limit', reason: 'it used up its turns', text };
  return { type: 'end', status: 'failed', reason: `the agent ended its turn with ${reason}`, text };
}
