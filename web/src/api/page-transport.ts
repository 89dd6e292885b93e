import { UnreachableError } from '../../../src/domain/errors.ts';
import { Passing } from '../../../src/http-client/patience.ts';
import { Transport, type Ask } from '../../../src/http-client/transport.ts';
import { WaitedFor } from './waited-for.ts';

/** Longest that somebody who looks at a page waits for one answer; a POST is then asked about again, and not done twice. In ms. */
const answerWithinMs = 25_000;

/** The way to the service for somebody who sits there: whatever takes long is told at once, and given up sooner than a program would. */
export class PageTransport extends Transport {
  /** What is asked and not answered. What may take as long as it takes, and streams, say for themselves how they stand. */
  readonly waited = new WaitedFor();

  override json<Answer>(ask: Ask): Promise<{ answer: Answer; response: Response }> {
    if (ask.withinMs !== undefined) return super.json<Answer>(ask);
    return this.waited.watch(super.json<Answer>({ ...ask, withinMs: answerWithinMs }));
  }

  override lost(cause: unknown): Passing {
    const { message } = super.lost(cause).told;
    const wayOut = 'See whether `gaffer dev` or `gaffer serve` still runs, then look here before you do it again.';
    return new Passing(new UnreachableError(`${message} ${wayOut}`, { cause }));
  }
}
