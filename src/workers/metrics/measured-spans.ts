import type { MetricMeter } from '@temporalio/common';
import { gaffer, genAi, operations, toolErrors } from '../../domain/tracing/gen-ai.ts';
import type { OpenSpan, SpanAttributes, Spans } from '../../domain/tracing/spans.ts';

/** Where the buckets of our own histograms end: models take minutes, and cost from hundredths of a cent to dollars. */
export const histogramBuckets: Readonly<Record<string, number[]>> = {
  gaffer_model_call_duration_seconds: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320],
  gaffer_model_call_cost_usd: [0.0001, 0.001, 0.01, 0.05, 0.1, 0.5, 1, 5],
  gaffer_tool_call_duration_seconds: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800],
};

/** Most values of one label: names of models and of servers' tools come from workflow files. */
const mostValues = 200;

/** Measures calls of models and tools by their spans, which whoever collects them gets all the same. */
export function measureSpans(spans: Spans, meter: MetricMeter): Spans {
  const note = createNotes(meter);
  return {
    withContent: spans.withContent,
    within: (start, work) =>
      spans.within(start, async (span) => {
        const from = performance.now();
        let failure: string | null = null;
        let said: SpanAttributes = start.attributes ?? {};
        const heard: OpenSpan = {
          set(attributes) {
            said = { ...said, ...attributes };
            span.set(attributes);
          },
          fail(type) {
            failure = type;
            span.fail(type);
          },
        };
        try {
          return await work(heard);
        } catch (error) {
          failure ??= kindOf(error);
          throw error;
        } finally {
          note(said, { seconds: (performance.now() - from) / 1000, failure });
        }
      }),
  };
}

interface Measured {
  seconds: number;
  failure: string | null;
}

function createNotes(meter: MetricMeter) {
  const models = meter.createHistogram('gaffer_model_call_duration_seconds', 'float', 's', 'Calls of models');
  const usd = meter.createHistogram('gaffer_model_call_cost_usd', 'float', 'usd', 'What calls of models cost');
  const tokens = meter.createCounter('gaffer_model_tokens_total', 'tokens', 'Tokens of calls of models');
  const tools = meter.createHistogram('gaffer_tool_call_duration_seconds', 'float', 's', 'Calls of tools');
  const [providers, modelNames, toolNames] = [createLabel(), createLabel(), createLabel()];
  const noteModel = (said: SpanAttributes, { seconds, failure }: Measured): void => {
    const labels = { provider: providers(said[genAi.provider]), model: modelNames(said[genAi.requestModel]) };
    models.record(seconds, { ...labels, outcome: failure ?? 'ok' });
    const cost = said[gaffer.cost];
    if (typeof cost === 'number') usd.record(cost, labels);
    const kinds = { input: genAi.inputTokens, output: genAi.outputTokens, cache_read: genAi.cacheRead };
    for (const [kind, name] of Object.entries({ ...kinds, cache_write: genAi.cacheWrite })) {
      const count = said[name];
      if (typeof count === 'number' && count > 0) tokens.add(count, { ...labels, kind });
    }
  };
  return (said: SpanAttributes, measured: Measured): void => {
    const operation = said[genAi.operation];
    if (operation === operations.chat) noteModel(said, measured);
    if (operation !== operations.tool) return;
    const { seconds, failure } = measured;
    const isKnown = failure === null || failure === toolErrors.failed || failure === toolErrors.refused;
    const outcome = failure === null ? 'ok' : isKnown ? failure : 'failed';
    tools.record(seconds, { tool: toolNames(said[genAi.tool]), outcome });
  };
}

// A ModelError says which of its few kinds it is; anything else is one of its own.
function kindOf(error: unknown): string {
  const kind = (error as { kind?: unknown } | null)?.kind;
  return typeof kind === 'string' && /^[a-z-]{1,30}$/.test(kind) ? kind : 'failed';
}

function createLabel(): (value: unknown) => string {
  const known = new Set<string>();
  return (value) => {
    const text = typeof value === 'string' ? value.slice(0, 100) : 'none';
    if (known.size < mostValues) known.add(text);
    return known.has(text) ? text : 'other';
  };
}
