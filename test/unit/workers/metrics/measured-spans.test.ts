import type { MetricMeter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../../src/models/model.ts';
import { noSpans } from '../../../../src/domain/tracing/spans.ts';
import { measureSpans } from '../../../../src/workers/metrics/measured-spans.ts';

type Noted = { name: string; value: number; tags: Record<string, unknown> };

/** A meter that keeps what it is told. */
function keeping(noted: Noted[]): MetricMeter {
  const metric = (name: string) => {
    const note = (value: number, tags: Record<string, unknown> = {}): void => void noted.push({ name, value, tags });
    return { add: note, record: note };
  };
  return { createHistogram: metric, createCounter: metric } as unknown as MetricMeter;
}

const chat = (model: string) => ({
  name: `chat ${model}`,
  attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'anthropic', 'gen_ai.request.model': model },
});

describe('measureSpans', () => {
  it('measures calls of models with what they cost, and how they failed', async () => {
    const noted: Noted[] = [];
    const spans = measureSpans(noSpans, keeping(noted));
    await spans.within(chat('m'), async (span) => {
      span.set({ 'gen_ai.usage.input_tokens': 12, 'gen_ai.usage.output_tokens': 3, 'gaffer.cost.usd': 0.25 });
    });
    const failing = spans.within(chat('m'), () => Promise.reject(new ModelError('overloaded', 'secret words')));
    await expect(failing).rejects.toThrow('secret words');
    const outcomes = noted.filter(({ name }) => name === 'gaffer_model_call_duration_seconds').map(({ tags }) => tags);
    const labels = { provider: 'anthropic', model: 'm' };
    expect(outcomes).toEqual([
      { ...labels, outcome: 'ok' },
      { ...labels, outcome: 'overloaded' },
    ]);
    expect(noted).toContainEqual({ name: 'gaffer_model_call_cost_usd', value: 0.25, tags: labels });
    expect(noted).toContainEqual({ name: 'gaffer_model_tokens_total', value: 12, tags: { ...labels, kind: 'input' } });
    expect(JSON.stringify(noted)).not.toContain('secret');
  });

  it('has a bounded number of labels, whatever models and tools are called', async () => {
    const noted: Noted[] = [];
    const spans = measureSpans(noSpans, keeping(noted));
    for (let index = 0; index < 300; index++) await spans.within(chat(`model-${index}`), async () => undefined);
    const models = new Set(noted.map(({ tags }) => tags['model']));
    expect(models.size).toBeLessThanOrEqual(201);
    expect(models).toContain('other');
  });

  it('tells models and providers apart, however many tools there are', async () => {
    const noted: Noted[] = [];
    const spans = measureSpans(noSpans, keeping(noted));
    const tool = (name: string) => ({
      name,
      attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name },
    });
    for (let index = 0; index < 300; index++) await spans.within(tool(`tool-${index}`), async () => undefined);
    await spans.within(chat('m'), async () => undefined);
    expect(noted.at(-1)!.tags).toMatchObject({ provider: 'anthropic', model: 'm' });
  });

  it('leaves other spans alone', async () => {
    const noted: Noted[] = [];
    await measureSpans(noSpans, keeping(noted)).within({ name: 'RunActivity:callModel' }, async () => undefined);
    expect(noted).toEqual([]);
  });
});
