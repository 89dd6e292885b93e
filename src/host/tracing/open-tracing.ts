import type { Tracing, TracingSettings } from './tracing.ts';

const opened = new Map<string, Promise<Tracing>>();

/** The spans of this process for one receiver: opened once, however many ask. Loads OpenTelemetry's library. */
export function openTracing(settings: TracingSettings): Promise<Tracing> {
  const key = JSON.stringify(settings);
  const before = opened.get(key);
  if (before) return before;
  const tracing = import('./exported-spans.ts').then(({ exportSpans }) => exportSpans(settings));
  opened.set(key, tracing);
  return tracing;
}
