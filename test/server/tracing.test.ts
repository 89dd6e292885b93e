import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../src/client/access/keys.ts';
import { openPlace } from '../../src/client/connection/open-place.ts';
import { connect } from '../../src/client/index.ts';
import type { Runs } from '../../src/client/index.ts';
import { openTracing } from '../../src/host/tracing/open-tracing.ts';
import type { TracingSettings } from '../../src/host/tracing/tracing.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import { startService } from '../../src/server/serve.ts';
import { startWorker } from '../../src/workers/start-worker.ts';
import { writeProject } from '../support/command/cli.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/run/otlp-receiver.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

const word = 'canary-of-what-was-said';
const two = `
tasks:
  - { id: look, prompt: "Say ${word}.", profile: worker }
  - { id: sum, prompt: Sum it up., profile: writer, depends_on: [look] }
`;
const rules = [
  {
    name: 'runs tools first',
    when: ({ turn, prompt }: { turn: number; prompt: string }) => turn === 0 && prompt.includes(word),
    answer: () => ({
      tools: [
        { name: 'bash', input: { command: `echo ${word}` } },
        { name: 'issue', input: { action: 'list' } },
      ],
      usage: { cacheReadTokens: 7, cacheWriteTokens: 5 },
    }),
  },
  { name: 'answers', when: () => true, answer: () => ({ text: word }) },
];

describe('spans of a run', { timeout: 90_000 }, () => {
  let receiver: OtlpReceiver;
  let env: RunEnv;
  let result: RunResult;
  const clients: Runs[] = [];
  const inRun = (run: string): ReceivedSpan[] => {
    const ids = receiver.spans
      .filter(({ attributes }) => attributes['gaffer.run.id'] === run)
      .map((span) => span.traceId);
    return receiver.spans.filter(({ traceId }) => ids.includes(traceId));
  };
  const of = (spans: readonly ReceivedSpan[], operation: string): ReceivedSpan[] =>
    spans.filter(({ attributes }) => attributes['gen_ai.operation.name'] === operation);
  const sum = (spans: readonly ReceivedSpan[], name: string): number =>
    spans.reduce((all, { attributes }) => all + Number(attributes[name] ?? 0), 0);
  /** Names from a span up to the one that began the trace, or to one that never came. */
  const chain = (spans: readonly ReceivedSpan[], span: ReceivedSpan): string => {
    const names: string[] = [];
    let at: ReceivedSpan | undefined = span;
    for (; at; at = spans.find(({ spanId }) => spanId === at?.parentId)) names.push(at.name.replace(/ claude.*/, ''));
    return names.join(' < ');
  };
  const settings = (endpoint: string, withContent = false): TracingSettings => ({
    ...{ url: `${endpoint}/v1/traces`, serviceName: 'crew-of-tests', withContent },
  });
  const clientOf = async (variables: Record<string, string>): Promise<Runs> => {
    const { temporal, databaseUrl, taskQueue } = env.settings;
    const runs = await connect({ temporal, databaseUrl, taskQueue, cwd: env.workspace, env: variables });
    clients.push(runs);
    return runs;
  };
  /** One run by a worker of its own, which has sent all of its spans when this is over. */
  const runOnce = async (tracing: TracingSettings, runs: Runs, id: string, text = two): Promise<RunResult> => {
    const worker = await startWorker({ ...env.settings, tracing });
    try {
      const run = await runs.start({ plan: { ...yamlPlan(text), workspace: env.workspace }, id });
      return await run.result();
    } finally {
      await worker.stop();
    }
  };

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    env = await openRunEnv({ withWorker: false, script: { rules } });
    const runs = await clientOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_SERVICE_NAME: 'crew-of-tests',
    });
    result = await runOnce(settings(receiver.endpoint), runs, 'traced-whole');
    await runs.close();
  });
  afterAll(async () => {
    await Promise.all(clients.map((runs) => runs.close()));
    await env.close();
    await receiver.close();
  });

  it('are one trace from the start to the tool, each below what asked for it', () => {
    const { spans } = receiver;
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    expect(spans.filter(({ parentId }) => parentId === null).map(({ name }) => name)).toEqual([
      'StartWorkflow:orchestrate',
    ]);
    const known = new Set(spans.map(({ spanId }) => spanId));
    expect(spans.filter(({ parentId }) => parentId !== null && !known.has(parentId))).toEqual([]);
    const chains = [...of(spans, 'chat'), ...of(spans, 'execute_tool')].map((span) => chain(spans, span));
    const above = 'RunWorkflow:agentTask < invoke_workflow test < StartWorkflow:orchestrate';
    expect(chains.toSorted()).toEqual([
      `chat < RunActivity:callModel < invoke_agent worker < ${above}`,
      `chat < RunActivity:callModel < invoke_agent worker < ${above}`,
      `chat < RunActivity:callModel < invoke_agent writer < ${above}`,
      `execute_tool bash < RunActivity:callTool < invoke_agent worker < ${above}`,
      `execute_tool issue < RunActivity:callModel < invoke_agent worker < ${above}`,
    ]);
  });

  it('say what the ledger says, by the names of the convention', () => {
    const { spans } = receiver;
    const calls = of(spans, 'chat');
    expect(result.summary.costUsd).toBeGreaterThan(0);
    for (const each of [calls, of(spans, 'invoke_agent'), of(spans, 'invoke_workflow')]) {
      expect(sum(each, 'gaffer.cost.usd')).toBeCloseTo(result.summary.costUsd, 9);
      expect(sum(each, 'gaffer.tokens')).toBe(result.summary.totalTokens);
    }
    const input = sum(calls, 'gen_ai.usage.input_tokens');
    expect(input + sum(calls, 'gen_ai.usage.output_tokens')).toBe(result.summary.totalTokens);
    const [first] = calls.toSorted((a, b) => a.from - b.from);
    expect(first).toMatchObject({
      ...{ kind: 3, isError: false, schemaUrl: 'https://opentelemetry.io/schemas/gen-ai/1.42.0' },
      resource: { 'service.name': 'crew-of-tests' },
      attributes: {
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.agent.name': 'worker',
        'gen_ai.conversation.id': 'traced-whole/look',
        'gen_ai.response.finish_reasons': ['tool_use'],
        'gen_ai.usage.cache_read.input_tokens': 7,
        'gen_ai.usage.cache_write.input_tokens': 5,
        'gaffer.run.id': 'traced-whole',
        'gaffer.task.id': 'look',
        'gaffer.task.attempt': 1,
        'gaffer.turn': 1,
      },
    });
    expect(first!.name).toBe(`chat ${String(first!.attributes['gen_ai.request.model'])}`);
    const [run] = of(spans, 'invoke_workflow');
    expect(run!.attributes).toMatchObject({ 'gen_ai.workflow.name': 'test', 'gaffer.run.status': 'succeeded' });
    expect(spans.every(({ from, to }) => from <= to)).toBe(true);
  });

  it('say nothing of what was said, and no key', () => {
    const sent = receiver.bodies.join('\n');
    expect(sent).not.toContain(word);
    expect(sent).not.toContain(env.settings.models.accounts['anthropic']!.apiKey);
    expect(sent).not.toContain(env.settings.databaseUrl);
    expect(receiver.spans.flatMap(({ statusMessage, events }) => [statusMessage, ...events]).filter(Boolean)).toEqual(
      [],
    );
  });

  it('begin with the run where nobody brought a trace, and go on inside of it', async () => {
    await runOnce(settings(receiver.endpoint), env.client, 'traced-inline', `limits: { tasks: inline }\n${two}`);
    const spans = inRun('traced-inline');
    expect(spans.filter(({ parentId }) => parentId === null).map(({ name }) => name)).toEqual(['invoke_workflow test']);
    expect(new Set(of(spans, 'chat').map((span) => chain(spans, span)))).toEqual(
      new Set(
        ['worker', 'writer'].map(
          (name) => `chat < RunActivity:callModel < invoke_agent ${name} < invoke_workflow test`,
        ),
      ),
    );
  });

  it('hang below the span of a caller, and say what was said where that was asked for', async () => {
    const tracing = settings(receiver.endpoint, true);
    const runs = await clientOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_SERVICE_NAME: 'crew-of-tests',
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
    });
    const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', isSampled: true };
    await (await openTracing(tracing)).below(caller, () => runOnce(tracing, runs, 'traced-caller'));
    const spans = inRun('traced-caller');
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([caller.traceId]));
    expect(spans.find(({ parentId }) => parentId === caller.spanId)?.name).toBe('StartWorkflow:orchestrate');
    const [tool] = of(spans, 'execute_tool').filter(({ name }) => name.endsWith('bash'));
    expect(tool!.attributes['gen_ai.tool.call.arguments']).toBe(JSON.stringify({ command: `echo ${word}` }));
    expect(tool!.attributes['gen_ai.tool.call.result']).toContain(word);
    const said = of(spans, 'chat').map(({ attributes }) => String(attributes['gen_ai.output.messages']));
    expect(said).toContain(JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: word }] }]));
  });

  it('go on from a request that asks the service, which says of it only what its route is', async () => {
    const { temporal, databaseUrl, taskQueue } = env.settings;
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_SERVICE_NAME: 'crew-of-tests' };
    const session = await openPlace({ temporal, databaseUrl, taskQueue, cwd: env.workspace, env: variables });
    const service = await startService(session, { host: '127.0.0.1', port: 0 });
    const { key } = await createKey(env.store.keys, { name: 'tracer', scopes: ['admin'] });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    writeProject(env.workspace);
    const response = await fetch(`${service.url}/api/runs`, {
      method: 'POST',
      headers: {
        ...{ Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
        ...{ traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'vendor=1' },
      },
      body: JSON.stringify({
        ...{
          id: 'traced-http',
          definition: { name: 'asked', default_profile: 'coder', tasks: [{ id: 'a', prompt: 'Go.' }] },
        },
      }),
    });
    expect(response.status).toBe(201);
    await service.close();
    await session.close();
    const spans = receiver.spans.filter((span) => span.traceId === traceId);
    const request = spans.find(({ parentId }) => parentId === 'b7ad6b7169203331')!;
    expect(request).toMatchObject({
      ...{ name: 'POST /api/runs', kind: 2 },
      attributes: { 'http.request.method': 'POST', 'http.route': '/api/runs', 'http.response.status_code': 201 },
    });
    expect(Object.keys(request.attributes)).toHaveLength(3);
    const start = spans.find(({ name }) => name === 'StartWorkflow:orchestrate')!;
    expect(start.parentId).toBe(request.spanId);
    const { events } = await (await env.client.temporalClient()).workflow.getHandle('traced-http').fetchHistory();
    const { header } = events![0]!.workflowExecutionStartedEventAttributes!;
    const carried = Buffer.from(header!.fields!['_tracer-data']!.data!).toString();
    expect(JSON.parse(carried)).toEqual({ traceparent: `00-${traceId}-${start.spanId}-01`, tracestate: 'vendor=1' });
    expect(receiver.bodies.join('\n')).not.toContain(key);
  });

  it('are lost where nobody receives them, and nothing else is', async () => {
    const closed = await closedPort();
    const lost = await runOnce(settings(`http://127.0.0.1:${closed}`), env.client, 'traced-nowhere');
    expect(lost).toMatchObject({ status: 'succeeded' });
  });
});

/** A port of this machine that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
