/*
 * A call that waits for somebody, with a program that cannot put one off itself: its session ends before the call runs, and goes on with
 * words that say so. The agent makes its call again, under another id; that very call, once, is asked about by the id of the first.
 */
import { printOf } from './call-print.ts';
import type { ForeignCall, OwnCall, ResumeFrom, SessionEnd } from './runner.ts';

/** The prompt with which a session goes on. */
export function wordsOf(from: ResumeFrom): string {
  if (from.kind === 'prompt') return from.prompt;
  return (
    'Your last call waited for somebody, who has decided about it by now; it has not run. Make it again, exactly as it was. ' +
    'Other calls that you made beside it did not run either: make again those that you still need.'
  );
}

/** The call that a session was resumed with, until it comes again. */
export class PutOffCall {
  #awaited: { id: string; print: string } | null;

  constructor(from: ResumeFrom | null) {
    this.#awaited = from?.kind === 'decision' ? { id: from.toolUseId, print: from.print } : null;
  }

  /** The id under which a call is asked about. */
  idOf(call: ForeignCall): string {
    if (this.#awaited?.print !== printOf(call)) return call.id;
    const { id } = this.#awaited;
    this.#awaited = null;
    return id;
  }
}

/** The end of a session on a call that waits. */
export function endOnCall(call: ForeignCall & { own: OwnCall }, text: string): SessionEnd {
  return { type: 'end', status: 'deferred', reason: `${call.tool} waits for somebody`, text, call };
}
