/*
 * The two routes of the multi-agent orchestrator that programs were written for before there was anything else here. What they send and read stays as it is:
 *
 * E1 Without an `Accept` the answer is a stream; only who asks for JSON, and for no stream, gets links.
 * E2 An event never spans two writes, and is at most 8 kB: those programs split each chunk that they read into lines and parse each at once.
 * E3 A browser's EventSource comes again by itself, for ever: it is led back to its run, and told by a 204 that there is no more.
 */
import { createHash, randomUUID } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { RunExistsError, RunNotFoundError } from '../../client/errors.ts';
import type { Run } from '../../client/run.ts';
import type { Runs } from '../../client/runs.ts';
import { newRunId } from '../../client/start/run-id.ts';
import { templatesLike } from '../../client/reading/catalog.ts';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import { GafferError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ServerEnv } from '../env.ts';
import { ProblemError } from '../problem.ts';
import { idempotencyKey } from '../once/idempotency-key.ts';
import { body, json, route, type Routes } from '../route.ts';
import { requireScope } from '../security/route-guard.ts';
import { wantsJson } from '../wants-json.ts';
import { connectionOf } from '../sse/connection-of.ts';
import type { Followed, StreamRequest } from '../sse/streams.ts';

/** How long the same question of the same page means the same run where it has no key. */
const sameQuestionMs = 10 * 60 * 1000;

const config = z.looseObject({
  maxParallelAgents: z.int().optional().describe('agents at once, 1 to 10; default: 3'),
  globalTimeout: z.number().optional().describe('time for the whole run, in ms; default: 300000'),
  contextStrategy: z.string().optional().describe('`shared` (default), `isolated` or `hierarchical`'),
  enableCommunication: z.boolean().optional().describe('agents may write to each other; default: true'),
  pruningThreshold: z.int().optional().describe('tokens above which a conversation is pruned; default: 150000'),
});
const task = z.looseObject({
  ...{ id: z.string().optional(), agentName: z.string(), prompt: z.string(), description: z.string().optional() },
  ...{ dependencies: z.array(z.string()).optional(), priority: z.unknown().optional() },
  ...{ maxTokens: z.int().optional(), model: z.string().optional(), context: z.unknown().optional() },
});
const request = z
  .strictObject({
    workflowId: z.string().max(200).optional().describe('a template; or the name of own tasks'),
    workflowName: z.string().max(200).optional(),
    tasks: z.array(task).max(1000).optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
    config: config.optional(),
  })
  .meta({ id: 'ExecuteRequest' });

const links = z
  .object({
    runId: z.string(),
    links: z.object({ run: z.string(), events: z.string(), result: z.string(), cancel: z.string() }),
  })
  .meta({ id: 'Execution' });

const told = {
  description: 'The events of the run, to its end',
  content: {
    'text/event-stream': { schema: z.unknown().openapi({ description: 'Server-sent events, each with JSON as data' }) },
  },
};
const about = { tags: ['workflows'] };

const post = route({
  ...{ method: 'post', path: '/api/workflows/execute', scope: 'run', ...about },
  summary: 'Start a template or tasks of your own, and follow them',
  request: {
    body: body(request),
    headers: z.object({ 'idempotency-key': z.string().regex(idempotencyKey).optional() }),
  },
  responses: { 200: told, 202: json(links, 'With `Accept: application/json`: where the run is') },
});

const get = route({
  ...{ method: 'get', path: '/api/workflows/execute', scope: 'read', writes: true, ...about },
  summary: 'The same for EventSource: starts once, attaches after',
  request: {
    query: z.strictObject({
      workflowId: z.string().min(1).max(200).optional(),
      parameters: z.string().max(100_000).optional().describe('JSON of the parameters'),
      idempotencyKey: z.string().regex(idempotencyKey).optional(),
    }),
    headers: z.object({ 'last-event-id': z.string().max(400).optional() }),
  },
  responses: { 200: told, 204: { description: 'The run has ended, and all of it was told' } },
});

const list = route({
  ...{ method: 'get', path: '/api/workflows/list', scope: 'read', ...about },
  summary: 'Templates that can be started by their id',
  request: {
    query: z.strictObject({ category: z.string().max(100).optional(), tags: z.string().max(1000).optional() }),
  },
  responses: { 200: json(z.object({ workflows: outputShapes.templates.options[0] }), 'The templates') },
});

/** `/api/workflows/execute` and `/api/workflows/list`. */
export function addWorkflows(routes: Routes): void {
  routes.openapi(post, async (c) => {
    const asked = c.req.valid('json') as JsonObject;
    const key = c.req.header('Idempotency-Key');
    const start = (): Promise<Run> => execute(c, { key: `post ${key ?? randomUUID()}`, definition: asked });
    // E1
    if (wantsJson(c.req.header('Accept'))) return c.json(linksOf((await start()).id), 202);
    // Who has no place for a stream would come again, and start another one.
    return c
      .get('streams')
      .openBehind(c.get('principal').keyId, async () => toRequest(c, { run: await start(), after: 0 }));
  });
  routes.openapi(get, async (c) => {
    const { run, after } = await attach(c, c.req.valid('query'));
    return c.get('streams').open(toRequest(c, { run, after })); // E3
  });
  routes.openapi(list, async (c) => {
    const { category, tags } = c.req.valid('query');
    const workflows = await templatesLike(c.get('session'), { category, tag: tags });
    return c.json({ workflows }, 200);
  });
}

/** What is to be executed, and what makes two requests the same. */
interface Execution {
  key: string;
  definition: JsonObject;
  /** How long that holds, in ms; default: as long as any. */
  keepMs?: number;
}

/** The run of a request: started once, whoever asks again, here or at another process. @throws ProblemError, DefinitionError */
async function execute(c: Context<ServerEnv>, { key, definition, ...kept }: Execution): Promise<Run> {
  const { keyId: holder } = c.get('principal');
  const { executions } = c.get('session').store;
  const requestHash = hash(JSON.stringify(definition));
  const name = definition['workflowId'] ?? definition['workflowName'];
  const runId = newRunId(typeof name === 'string' ? name : 'workflow');
  const claim = { holder, key: hash(key), requestHash, runId, ...kept };
  const claimed = await executions.claim(claim);
  if (claimed.requestHash !== requestHash)
    throw new ProblemError(422, {
      code: 'idempotency-key-used',
      detail: 'this idempotency key came with another request before: take a new one for each thing that you start.',
    });
  try {
    const run = await ensureStarted(c.get('runs'), claimed.runId, definition);
    c.set('runId', run.id);
    return run;
  } catch (error) {
    // What may have been taken all the same keeps its claim: whoever asks again finds it, or starts it under the same id.
    if (isRefusal(error)) await executions.release({ ...claim, runId: claimed.runId });
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof GafferError && ['usage', 'refused', 'needs-person'].includes(error.kind);
}

// Whoever claimed it may have died before it started, so each looks, and starts what is not there: Temporal lets only one of them.
async function ensureStarted(runs: Runs, id: string, definition: JsonObject): Promise<Run> {
  try {
    return await runs.find(id);
  } catch (error) {
    if (!(error instanceof RunNotFoundError)) throw error;
  }
  try {
    return await runs.start({ definition, id, format: 'task-list' });
  } catch (error) {
    if (error instanceof RunExistsError) return runs.find(id);
    throw error;
  }
}

interface Question {
  workflowId?: string | undefined;
  parameters?: string | undefined;
  idempotencyKey?: string | undefined;
}

/** The run that an EventSource means, and the last number that it knows. */
async function attach(c: Context<ServerEnv>, question: Question): Promise<{ run: Run; after: number }> {
  const runs = c.get('runs');
  const last = /^(.+):(\d{1,9})$/.exec(c.req.header('Last-Event-ID') ?? '');
  if (last) return { run: await runs.find(last[1]!), after: Number(last[2]) };
  const { workflowId, idempotencyKey } = question;
  if (workflowId === undefined) return { run: await newestRun(c), after: 0 };
  requireScope(c, 'run');
  const parameters = readParameters(question.parameters);
  const definition = { workflowId, ...(parameters && { parameters }) };
  const same = { key: `get ${JSON.stringify(definition)}`, keepMs: sameQuestionMs };
  const how = idempotencyKey === undefined ? same : { key: `get key ${idempotencyKey}` };
  return { run: await execute(c, { ...how, definition }), after: 0 };
}

async function newestRun(c: Context<ServerEnv>): Promise<Run> {
  const id = await c.get('session').store.executions.newest(c.get('principal').keyId);
  if (id !== undefined) return c.get('runs').find(id);
  const detail = 'nothing was executed with this key yet: name a `workflowId`, or start one by POST.';
  throw new ProblemError(404, { code: 'nothing-executed', detail });
}

function readParameters(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  const detail = '`parameters` is no JSON object.';
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch (cause) {
    throw new ProblemError(422, {
      code: 'invalid',
      detail: `${detail} ${(cause as Error).message}`,
      errors: [{ pointer: 'parameters', detail }],
    });
  }
  throw new ProblemError(422, { code: 'invalid', detail, errors: [{ pointer: 'parameters', detail }] });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function linksOf(runId: string): z.infer<typeof links> {
  const run = `/api/runs/${encodeURIComponent(runId)}`;
  return { runId, links: { run, events: `${run}/events`, result: `${run}/result`, cancel: `${run}/cancel` } };
}

function toRequest(c: Context<ServerEnv>, followed: Followed): StreamRequest {
  return {
    ...{ runs: [followed], ids: 'run', deltas: false, keyId: c.get('principal').keyId },
    ...{ isReconnect: c.req.header('Last-Event-ID') !== undefined },
    ...{ requestId: c.get('requestId'), ...connectionOf(c) },
  };
}
