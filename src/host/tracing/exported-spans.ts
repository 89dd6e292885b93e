/*
 * The only file that knows OpenTelemetry's library.
 *
 * O1 Nothing global: a program that uses Gaffer may have an SDK of its own.
 * O2 Whoever collects never holds anybody up: spans wait in a bounded queue (`OTEL_BSP_MAX_QUEUE_SIZE`), what does not fit is dropped.
 * O3 No message of an error, no header and no query is told, only words that Gaffer or its libraries have: messages may hold what was said.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createTraceState, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, RandomIdGenerator } from '@opentelemetry/sdk-trace-node';
import type { IdGenerator } from '@opentelemetry/sdk-trace-node';
import { errorType, genAiSchema } from '../../domain/tracing/gen-ai.ts';
import type { FinishedSpan, OpenSpan, SpanStart } from '../../domain/tracing/spans.ts';
import { toCarrier, type TraceParent } from '../../domain/tracing/trace-parent.ts';
import { packageVersion } from '../package/version.ts';
import type { Tracing, TracingSettings } from './tracing.ts';

const kinds = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, server: SpanKind.SERVER } as const;

/** How long the end of a process waits for what was not sent, in ms. */
const flushMs = 2000;

/** Opens the way to a receiver, which need not be there. */
export function exportSpans({ url, serviceName, withContent }: TracingSettings): Tracing {
  const named = new NamedIds();
  const provider = new NodeTracerProvider({
    idGenerator: named,
    resource: resourceOf(serviceName),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
  });
  const tracer = provider.getTracer('gaffer', packageVersion(), { schemaUrl: genAiSchema });
  const current = new AsyncLocalStorage<Context>();
  const here = (): Context => current.getStore() ?? ROOT_CONTEXT;
  return {
    withContent,
    async within(start, work) {
      const span = begin(tracer, start, here());
      const open = toOpen(span);
      try {
        return await current.run(trace.setSpan(here(), span), () => work(open));
      } catch (error) {
        open.fail(typeOf(error));
        throw error;
      } finally {
        span.end();
      }
    },
    carrier() {
      const context = trace.getSpanContext(here());
      return context ? toCarrier({ ...context, isSampled: isSampled(context.traceFlags), ...stateOf(context) }) : null;
    },
    below: (parent, work) =>
      current.run(parent ? trace.setSpanContext(ROOT_CONTEXT, toContext(parent)) : ROOT_CONTEXT, work),
    tell: (span) => tellFinished(tracer, named, span),
    flush: () => withinTime(provider.forceFlush().catch(() => undefined)),
  };
}

function resourceOf(serviceName: string | null) {
  const service = { 'service.name': 'gaffer', 'service.version': packageVersion() };
  const said = detectResources({ detectors: [envDetector] });
  const resource = defaultResource().merge(resourceFromAttributes(service)).merge(said);
  return serviceName === null ? resource : resource.merge(resourceFromAttributes({ 'service.name': serviceName }));
}

function begin(tracer: Tracer, { name, kind = 'internal', attributes = {} }: SpanStart, parent: Context): Span {
  return tracer.startSpan(name, { kind: kinds[kind], attributes: attributes as Attributes }, parent);
}

function toOpen(span: Span): OpenSpan {
  return {
    set: (attributes) => void span.setAttributes(attributes as Attributes),
    fail(type) {
      span.setAttribute(errorType, type);
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
  };
}

// O3. Failures of Temporal have a type of their own, errors of Gaffer a kind.
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { type, kind } = error as { type?: unknown; kind?: unknown };
  const word = [type, kind].find((each) => typeof each === 'string' && /^[\w.-]{1,60}$/.test(each));
  return typeof word === 'string' ? word : error.name;
}

function tellFinished(tracer: Tracer, named: NamedIds, told: FinishedSpan): void {
  const { traceId, spanId, parentId, from, to, state } = told;
  const parent = parentId === null ? null : { traceId, spanId: parentId, isSampled: true, ...(state && { state }) };
  const context = parent ? trace.setSpanContext(ROOT_CONTEXT, toContext(parent)) : ROOT_CONTEXT;
  const { name, kind = 'internal', attributes = {} } = told;
  const options = { kind: kinds[kind], attributes: attributes as Attributes, startTime: from };
  const span = named.as({ traceId, spanId }, () => tracer.startSpan(name, options, context));
  if (told.errorType !== undefined) toOpen(span).fail(told.errorType);
  span.end(Math.max(from, to));
}

/** Ids of chance, or of a span that has one already. */
class NamedIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #next: Ids | null = null;

  generateTraceId = (): string => this.#next?.traceId ?? this.#random.generateTraceId();
  generateSpanId = (): string => this.#next?.spanId ?? this.#random.generateSpanId();

  /** Spans that are begun meanwhile have these. */
  as<Result>(ids: Ids, work: () => Result): Result {
    this.#next = ids;
    try {
      return work();
    } finally {
      this.#next = null;
    }
  }
}

interface Ids {
  traceId: string;
  spanId: string;
}

function toContext({ traceId, spanId, isSampled: sampled, state }: TraceParent) {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return { traceId, spanId, traceFlags, isRemote: true, ...(state && { traceState: createTraceState(state) }) };
}

function isSampled(flags: number): boolean {
  return (flags & TraceFlags.SAMPLED) === TraceFlags.SAMPLED;
}

function stateOf({ traceState }: { traceState?: { serialize(): string } }): { state?: string } {
  const state = traceState?.serialize();
  return state ? { state } : {};
}

async function withinTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, flushMs)))]);
  clearTimeout(timer);
}
