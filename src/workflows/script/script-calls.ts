import type { AgentCall, AgentReply } from '../../script/script-host.ts';

/** A call of `agent`. */
export interface Call {
  /** Id of its task. */
  id: string;
  call: AgentCall;
  /** What had reached the script when it called. */
  askedAt: number;
  /** What it got, and when; null: nothing yet. */
  reply: { kind: AgentReply['kind']; at: number } | null;
  resolve: (reply: AgentReply) => void;
}

const longestId = 60;

/** The calls of a script, in their order. */
export class ScriptCalls {
  readonly all: Call[] = [];
  readonly #byId = new Map<string, Call>();

  readonly #taken: ReadonlySet<string>;

  /** @param taken ids that no call may have */
  constructor(taken: ReadonlySet<string>) {
    this.#taken = taken;
  }

  add(call: AgentCall, askedAt: number, resolve: Call['resolve']): Call {
    const added: Call = { id: this.#freeId(call.label), call, askedAt, reply: null, resolve };
    this.all.push(added);
    this.#byId.set(added.id, added);
    return added;
  }

  find(id: string): Call | undefined {
    return this.#byId.get(id);
  }

  /** Calls that have got nothing yet. */
  get open(): Call[] {
    return this.all.filter(({ reply }) => reply === null);
  }

  /**
   * Those of the calls that gave null whose work was done all the same: after it the script asked for the same again (the very prompt, or the
   * label that was that call's alone) and got an answer.
   */
  handled(): string[] {
    return this.all.filter((one) => one.reply?.kind === 'none' && this.#isAskedAgain(one)).map(({ id }) => id);
  }

  #isAskedAgain({ call, reply }: Call): boolean {
    const { at } = reply!;
    const isOwn =
      isGiven(call) && this.all.filter((one) => one.call.label === call.label && one.askedAt < at).length === 1;
    const isSame = (other: AgentCall): boolean =>
      other.prompt === call.prompt || (isOwn && isGiven(other) && other.label === call.label);
    return this.all.some(
      (other) => other.askedAt >= at && isSame(other.call) && ['text', 'value'].includes(other.reply?.kind ?? ''),
    );
  }

  #freeId(label: string): string {
    const words = label.replace(/[^A-Za-z0-9_.]+/g, '-').slice(0, longestId);
    const name = words.replace(/^[-.]+|-+$/g, '') || 'agent';
    for (let number = 1; ; number++) {
      const id = number === 1 ? name : `${name}-${number}`;
      if (!this.#byId.has(id) && !this.#taken.has(id)) return id;
    }
  }
}

// A label that nobody gave is how the prompt begins.
function isGiven({ label, prompt }: AgentCall): boolean {
  return !prompt.replace(/\s+/g, ' ').trim().startsWith(label.replace(/…$/, ''));
}
