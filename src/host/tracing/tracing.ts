import type { FinishedSpan, Spans } from '../../domain/tracing/spans.ts';
import type { TraceCarrier, TraceParent } from '../../domain/tracing/trace-parent.ts';

/** Where spans go. What else OpenTelemetry's variables say (headers, batches, sampling, limits) its library reads by itself. */
export interface TracingSettings {
  /** Address of an OTLP/HTTP receiver of traces. */
  url: string;
  /** Null: what `OTEL_RESOURCE_ATTRIBUTES` says, or `gaffer`. */
  serviceName: string | null;
  /** Whether spans may say what people, models and tools said. */
  withContent: boolean;
}

/** Spans of this process, on their way to whoever collects them. */
export interface Tracing extends Spans {
  /** What another process needs to hang its spans below the one that is under way; null: none is. */
  carrier(): TraceCarrier | null;
  /** Does something below a span of another process; null: below none. */
  below<Result>(parent: TraceParent | null, work: () => Result): Result;
  /** Tells a span that was over before it came here. */
  tell(span: FinishedSpan): void;
  /** Sends what waits; gives up after 2 s, and never fails. */
  flush(): Promise<void>;
}
