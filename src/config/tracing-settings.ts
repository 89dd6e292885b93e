import type { TracingSettings } from '../host/tracing/tracing.ts';
import { contentVariable } from '../domain/tracing/gen-ai.ts';
import type { Environment } from './environment.ts';

/**
 * Where spans go, as OpenTelemetry's own variables say it; null: nowhere. What is not meant for us, such as a collector that speaks gRPC alone,
 * is nowhere, too: these variables are often set for all programs of a machine.
 */
export function readTracing(environment: Environment): TracingSettings | null {
  const said = (name: string): string => environment[name]?.trim() ?? '';
  if (said('OTEL_SDK_DISABLED').toLowerCase() === 'true' || said('OTEL_TRACES_EXPORTER') === 'none') return null;
  const protocol = said('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') || said('OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol === 'grpc') return null;
  const url = said('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') || signalUrl(said('OTEL_EXPORTER_OTLP_ENDPOINT'));
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return null;
  return {
    url,
    serviceName: said('OTEL_SERVICE_NAME') || null,
    withContent: /^(true|span_only|span_and_event)$/i.test(said(contentVariable)),
  };
}

function signalUrl(endpoint: string): string {
  return endpoint === '' ? '' : `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
