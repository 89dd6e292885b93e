import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it came in. Times in ms since the epoch. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentId: string | null;
  name: string;
  kind: number;
  from: number;
  to: number;
  attributes: Record<string, unknown>;
  isError: boolean;
  statusMessage: string;
  /** Names of its events. */
  events: string[];
  resource: Record<string, unknown>;
  schemaUrl: string;
}

/** A receiver of traces over OTLP/HTTP in JSON, as a collector is one. */
export interface OtlpReceiver {
  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` names. */
  endpoint: string;
  spans: ReceivedSpan[];
  /** Headers of each request. */
  headers: IncomingMessage['headers'][];
  /** Bodies as they came. */
  bodies: string[];
  close(): Promise<void>;
}

type Value = {
  stringValue?: string;
  intValue?: number | string;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: Value[] };
};
type KeyValues = { key: string; value: Value }[];
interface Body {
  resourceSpans: {
    resource: { attributes: KeyValues };
    scopeSpans: {
      schemaUrl?: string;
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        kind: number;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        attributes: KeyValues;
        status: { code?: number; message?: string };
        events?: { name: string }[];
      }[];
    }[];
  }[];
}

/** Starts one; whoever sends anything else is refused. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const received: Omit<OtlpReceiver, 'endpoint' | 'close'> = { spans: [], headers: [], bodies: [] };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isOurs = request.method === 'POST' && request.url === '/v1/traces';
      if (!isOurs || request.headers['content-type'] !== 'application/json') return void response.writeHead(404).end();
      const body = Buffer.concat(chunks).toString();
      received.headers.push(request.headers);
      received.bodies.push(body);
      received.spans.push(...spansOf(JSON.parse(body) as Body));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...received,
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function spansOf({ resourceSpans }: Body): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ schemaUrl = '', spans }) =>
      spans.map((span) => ({
        ...{ traceId: span.traceId, spanId: span.spanId, parentId: span.parentSpanId || null },
        ...{ name: span.name, kind: span.kind, schemaUrl },
        ...{ from: toMs(span.startTimeUnixNano), to: toMs(span.endTimeUnixNano) },
        attributes: valuesOf(span.attributes),
        isError: span.status.code === 2,
        statusMessage: span.status.message ?? '',
        events: (span.events ?? []).map(({ name }) => name),
        resource: valuesOf(resource.attributes),
      })),
    ),
  );
}

function toMs(nanoseconds: string): number {
  return Number(BigInt(nanoseconds) / 1_000_000n);
}

function valuesOf(attributes: KeyValues): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf({ stringValue, intValue, doubleValue, boolValue, arrayValue }: Value): unknown {
  return (
    stringValue ??
    (intValue === undefined ? (doubleValue ?? boolValue ?? arrayValue?.values.map(valueOf)) : Number(intValue))
  );
}
