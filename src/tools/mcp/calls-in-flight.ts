import type { JsonObject } from '../../domain/json.ts';
import { awakeLimit } from '../../host/awake-timer.ts';
import { toQuestion, type CallOutcome, type FormAnswer, type FormQuestion } from './form-question.ts';

interface Call {
  work: Promise<CallOutcome>;
  abort: AbortController;
  timeoutMs: number;
  /** A question that the server waits with; null: none. */
  asked: { question: FormQuestion; answer: (answer: FormAnswer) => void } | null;
  /** Told of the question. */
  hear: (question: FormQuestion) => void;
}

/** A call as it is started; aborting the signal tells the server that nobody waits for it any more. */
export interface StartedCall {
  key: string;
  timeoutMs: number;
  start: (signal: AbortSignal) => Promise<CallOutcome>;
}

/** The calls that a server works at, and what it asks in the middle of them. Time that a person takes is none of a call's. */
export class CallsInFlight {
  readonly #calls = new Map<string, Call>();

  /** Whether a call stands still at the server for a question. */
  isHeld(key: string): boolean {
    return (this.#calls.get(key)?.asked ?? null) !== null;
  }

  /** Whether any call does. */
  hasHeld(): boolean {
    return [...this.#calls.values()].some(({ asked }) => asked !== null);
  }

  /** Makes a call, until it is over or asks something. @throws Error when it takes too long; the signal's reason */
  run({ key, timeoutMs, start }: StartedCall, signal: AbortSignal): Promise<CallOutcome> {
    const abort = new AbortController();
    const call: Call = { work: start(abort.signal), abort, timeoutMs, asked: null, hear: () => undefined };
    // Nobody may be listening when it fails while a person is asked.
    call.work.catch(() => undefined);
    this.#calls.set(key, call);
    return this.#follow(key, call, signal);
  }

  /** Gives the answer that a call stands still for, and goes on with it, as {@link CallsInFlight.run} does. */
  goOn(key: string, answer: FormAnswer, signal: AbortSignal): Promise<CallOutcome> {
    const call = this.#calls.get(key)!;
    const { asked } = call;
    call.asked = null;
    const followed = this.#follow(key, call, signal);
    asked?.answer(answer);
    return followed;
  }

  /** The server asks something: of the call that it has worked at longest and that asks nothing yet, as it does not say which. */
  ask(params: JsonObject): Promise<FormAnswer> {
    const call = [...this.#calls.values()].find(({ asked }) => asked === null);
    const question = toQuestion(params);
    if (!call || !question) return Promise.resolve({ action: 'decline' });
    return new Promise((resolve) => {
      call.asked = { question, answer: resolve };
      call.hear(question);
    });
  }

  /** The server is gone, and with it what stood still there. */
  clear(): void {
    this.#calls.clear();
  }

  async #follow(key: string, call: Call, signal: AbortSignal): Promise<CallOutcome> {
    const limit = awakeLimit(call.timeoutMs);
    const either = AbortSignal.any([signal, limit.signal]);
    let end = (): void => undefined;
    const over = new Promise<never>((_resolve, reject) => {
      end = () => {
        call.abort.abort(either.reason);
        reject(signal.aborted ? (signal.reason as Error) : new Error(`it took longer than ${call.timeoutMs / 1000} s`));
      };
    });
    if (either.aborted) end();
    else either.addEventListener('abort', end, { once: true });
    const heard = new Promise<CallOutcome>((resolve) => {
      call.hear = (question) => resolve({ kind: 'asks', question });
    });
    try {
      return await Promise.race([call.work, heard, over]);
    } finally {
      limit.stop();
      // What stands still for a person is not over when the step that began it is.
      either.removeEventListener('abort', end);
      if (call.asked === null) this.#calls.delete(key);
    }
  }
}
