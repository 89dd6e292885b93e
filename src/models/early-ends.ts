import { ModelError } from './model.ts';
import { WrongServerError } from './wrong-server.ts';

/** How often in a row the same call may end too early before its server is not asked any more. */
const mostEnds = 4;
/** Calls that are kept in mind. */
const mostCalls = 1000;

/**
 * Answers that ended, by their server's own word, before they were whole. Each is paid for: a call that ends so again and again is given up,
 * earlier than one whose connection breaks.
 */
export class EarlyEnds {
  private readonly counts = new Map<string, number>();

  /** What a failed call is to be taken for: `error`, or that its server always ends its answers so. */
  noted(callKey: string, error: unknown): unknown {
    const before = this.counts.get(callKey) ?? 0;
    this.counts.delete(callKey);
    if (!isEarlyEnd(error)) return error;
    const count = before + 1;
    if (count >= mostEnds) return new WrongServerError(`an answer that broke off, ${count} times (${error.message})`);
    this.counts.set(callKey, count);
    if (this.counts.size > mostCalls) this.counts.delete(this.counts.keys().next().value!);
    return error;
  }
}

// Where something of it can be kept, whoever asks again takes that.
function isEarlyEnd(error: unknown): error is Error {
  if (error instanceof SyntaxError) return true;
  return error instanceof ModelError && error.kind === 'broken-stream' && error.kept === null;
}
