import { describe, expect, it } from 'vitest';
import { readTracing } from '../../../src/config/tracing-settings.ts';

const endpoint = 'http://127.0.0.1:4318';

describe('readTracing', () => {
  it('sends to the place for traces below the endpoint, or to the one that is named for them', () => {
    const url = `${endpoint}/v1/traces`;
    expect(readTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toEqual({
      url,
      serviceName: null,
      withContent: false,
    });
    expect(readTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/` })?.url).toBe(url);
    expect(readTracing({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/mine` })?.url).toBe(`${endpoint}/mine`);
  });

  it.each([
    ['nothing is said', {}],
    ['the SDK is off', { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' }],
    ['traces are off', { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: 'none' }],
    ['the collector speaks gRPC', { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
    ['the endpoint is no address of the web', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }],
  ])('sends nothing where %s', (_when, environment) => {
    expect(readTracing(environment)).toBeNull();
  });

  it.each([
    ['true', true],
    ['SPAN_ONLY', true],
    ['span_and_event', true],
    ['false', false],
    ['EVENT_ONLY', false],
    ['', false],
  ])('says what was said where the variable of the convention is "%s": %s', (value, withContent) => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: value,
    };
    expect(readTracing(environment)).toMatchObject({ withContent });
  });
});
