/** Where a span hangs in a trace, as the W3C's `traceparent` says it. */
export interface TraceParent {
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
  isSampled: boolean;
  /** What tracing systems on the way added (`tracestate`); left out: nothing. */
  state?: string;
}

/** A trace as headers carry it. */
export interface TraceCarrier {
  traceparent: string;
  tracestate?: string;
  /** When a run began that has gone on as new, in ms since the epoch; left out: with this execution. */
  began?: number;
}

/** Name of the header of Temporal that carries it: the one of `@temporalio/interceptors-opentelemetry`, so that both understand each other. */
export const traceHeader = '_tracer-data';

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Printable, and no longer than everybody has to pass on. */
const stateForm = /^[\x20-\x7e]{1,512}$/;

/** Reads what somebody sent; null: it is nothing that the W3C's recommendation knows. */
export function readTraceParent(traceparent: unknown, tracestate?: unknown): TraceParent | null {
  const [, version, traceId = '', spanId = '', flags = '', rest] =
    typeof traceparent === 'string' && traceparent.length <= 200 ? (form.exec(traceparent) ?? []) : [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  const state = typeof tracestate === 'string' && stateForm.test(tracestate) ? tracestate : undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1, ...(state && { state }) };
}

/** Reads a header's value; null: it is none. */
export function readCarrier(value: unknown): (TraceParent & Pick<TraceCarrier, 'began'>) | null {
  if (typeof value !== 'object' || value === null) return null;
  const { traceparent, tracestate, began } = value as Record<string, unknown>;
  const parent = readTraceParent(traceparent, tracestate);
  return parent && { ...parent, ...(isTime(began) && { began }) };
}

/** What headers carry. */
export function toCarrier({ traceId, spanId, isSampled, state }: TraceParent): TraceCarrier {
  const traceparent = `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
  return { traceparent, ...(state && { tracestate: state }) };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
