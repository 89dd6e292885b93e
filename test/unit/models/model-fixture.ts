import { afterEach } from 'vitest';
import { createAnthropicModel } from '../../../src/models/anthropic.ts';
import type { ModelAnswer, ModelClient, ModelRequest } from '../../../src/models/model.ts';
import { ModelError } from '../../../src/models/model.ts';
import type { ScriptedAnswer, ScriptedModelServer, Script } from '../../../src/testing/index.ts';
import { startScriptedModel } from '../../../src/testing/index.ts';

const servers: ScriptedModelServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A scripted model that gives one answer to everything, and a real client of it. Closed after the test. */
export async function answering(
  answer: ScriptedAnswer,
  limits: { firstByteTimeoutMs?: number; idleTimeoutMs?: number; totalTimeoutMs?: number } = {},
): Promise<{ server: ScriptedModelServer; model: ModelClient }> {
  return scripted({ rules: [{ name: 'the rule', when: () => true, answer: () => answer }] }, limits);
}

/** A scripted model and a real client of it. Closed after the test. */
export async function scripted(
  script: Script,
  limits: { firstByteTimeoutMs?: number; idleTimeoutMs?: number; totalTimeoutMs?: number } = {},
): Promise<{ server: ScriptedModelServer; model: ModelClient }> {
  const server = await startScriptedModel(script);
  servers.push(server);
  const model = createAnthropicModel({ apiKey: server.apiKey, baseURL: server.url, ...limits });
  return { server, model };
}

/** A request with good defaults. */
export function aRequest(changes: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: 'claude-haiku-4-5',
    system: 'You are a worker.',
    tools: [],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Do the work.' }] }],
    maxTokens: 1000,
    callKey: 'run-1/plan/1',
    ...changes,
  };
}

/** The filesystem tool's shape, as far as a model sees it. */
export const fileTool: ModelRequest['tools'][number] = {
  name: 'filesystem',
  description: 'Reads files',
  input_schema: { type: 'object', properties: { path: { type: 'string' } } },
};

/** Calls without a signal of its own. */
export function call(model: ModelClient, request = aRequest()): Promise<ModelAnswer> {
  return model.complete(request, { signal: new AbortController().signal });
}

/** The ModelError that a call ends with. */
export async function failureOf(promise: Promise<unknown>): Promise<ModelError> {
  const error: unknown = await promise.then(
    (answer) => new Error(`the call succeeded: ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ModelError)) throw error;
  return error;
}
