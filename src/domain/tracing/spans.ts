/** What a span says. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What of a span is known when it begins. */
export interface SpanStart {
  name: string;
  /** `client` and `server` are the two sides of a call of another process; default: `internal`. */
  kind?: 'internal' | 'client' | 'server';
  attributes?: SpanAttributes;
}

/** A span that is under way. */
export interface OpenSpan {
  set(attributes: SpanAttributes): void;
  /** It came to no good end: a word of few that there can be, never a message. */
  fail(errorType: string): void;
}

/** Tells whoever collects them how long things took, and what they were. Whoever does not collect pays nothing. */
export interface Spans {
  /** Whether spans may say what people, models and tools said. */
  readonly withContent: boolean;
  /** Does something within a span, which ends with it. What fails marks it, and goes on as it was. */
  within<Result>(start: SpanStart, work: (span: OpenSpan) => Promise<Result>): Promise<Result>;
}

/** A span that is over, as workflow code tells it. Times in ms since the epoch. */
export interface FinishedSpan extends SpanStart {
  traceId: string;
  spanId: string;
  /** Null: it begins the trace. */
  parentId: string | null;
  state?: string;
  from: number;
  to: number;
  /** See {@link OpenSpan.fail}; left out: it ended well. */
  errorType?: string;
}

/** Where workflow code tells spans. */
// A type: the SDK asks for an index signature, which an interface has not.
export type SpanSinks = { gafferSpans: { tell(span: FinishedSpan): void } };

const unseen: OpenSpan = { set: () => undefined, fail: () => undefined };

/** Nobody collects. */
export const noSpans: Spans = { withContent: false, within: (_start, work) => work(unseen) };
