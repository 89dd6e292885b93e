import { z } from '@hono/zod-openapi';
import { RunGoesOnError } from '../../client/errors.ts';
import { toRunStateJson } from '../../client/state/run-state-json.ts';
import { runStatuses, taskStatuses, type RunResult } from '../../domain/run/run-result.ts';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import { untilClosing } from '../closing.ts';
import { json, route, type Routes } from '../route.ts';
import { anyJson, name, numeral, ofRun, ofRunAnd, plain } from './parts.ts';

const tags = ['runs'];
const longestWaitMs = 25_000;
const wait = (usual: number) => numeral(0, longestWaitMs).default(usual);
const [messages, contexts] = outputShapes.transcript.options;
const [sharedState, , versions] = outputShapes.state.options;
const [evaluation] = outputShapes.evaluate.options;

const result = route({
  ...{ method: 'get', path: '/api/runs/{id}/result', scope: 'read', tags, summary: 'The result, once there is one' },
  request: { params: ofRun, query: z.strictObject({ timeoutMs: wait(0) }) },
  responses: {
    200: json(outputShapes.cancel, 'The result, whatever the end was'),
    202: json(z.object({ runId: z.string(), status: z.literal('goes-on') }), 'It goes on: ask again'),
  },
});
const standing = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/standing',
    scope: 'read',
    tags,
    summary: 'What Temporal says of it, and why it stands still',
  },
  request: { params: ofRun },
  responses: {
    200: json(
      z.object({
        ...{
          runId: z.string(),
          runKey: z.string(),
          status: z.string(),
          stuck: z.union([z.string(), z.null()]),
          held: z.string().optional(),
        },
        cutOff: z.union([z.object({ status: z.string(), message: z.string() }), z.null()]),
        webUrl: z.union([z.string(), z.null()]),
      }),
      'How it stands; `cutOff`: why its result can never come',
    ),
  },
});
const closed = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/closed',
    scope: 'read',
    tags,
    summary: 'Waits until Temporal has closed the run, too',
  },
  request: { params: ofRun, query: z.strictObject({ withinMs: wait(10_000) }) },
  responses: { 204: { description: 'It is closed, or the time is over' } },
});
const state = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/run-state',
    scope: 'read',
    tags,
    summary: 'What its events so far add up to',
  },
  request: { params: ofRun },
  responses: {
    200: json(
      z.looseObject({ status: z.enum(runStatuses), lastSeq: z.int() }),
      'The state; `tasks`, `widths`, `waits` and `compensations` are lists of a key and its value, in order',
    ),
  },
});
const listContexts = route({
  ...{ method: 'get', path: '/api/runs/{id}/contexts', scope: 'read', tags, summary: 'Its conversations' },
  request: { params: ofRun },
  responses: { 200: json(z.object({ contexts }), 'By name') },
});
const context = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/contexts/{context}',
    scope: 'read',
    tags,
    summary: 'A conversation, oldest message first',
  },
  request: { params: ofRunAnd('context') },
  responses: { 200: json(z.object({ messages }), 'Its messages') },
});
const transcript = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/transcript',
    scope: 'read',
    tags,
    summary: 'The only conversation of a run',
  },
  request: { params: ofRun },
  responses: { 200: json(z.object({ messages }), 'Its messages') },
});
const output = route({
  ...{ method: 'get', path: '/api/runs/{id}/output', scope: 'read', tags, summary: 'What came out of a task, whole' },
  description: 'Without a name: of the last task that succeeded.',
  request: { params: ofRun, query: z.strictObject({ task: name.optional() }) },
  responses: {
    200: json(
      z.object({
        tasks: z.array(
          z.object({ task: z.string(), status: z.enum(taskStatuses), output: z.string(), value: anyJson.optional() }),
        ),
      }),
      "Of a `for_each` every member's",
    ),
  },
});
const shared = route({
  ...{ method: 'get', path: '/api/runs/{id}/state', scope: 'read', tags, summary: 'What its agents share' },
  request: { params: ofRun },
  responses: { 200: json(sharedState, 'The newest version of every key, and the locks that are held') },
});
const history = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/state/{key}',
    scope: 'read',
    tags,
    summary: 'Versions of a key of that, oldest first',
  },
  request: { params: ofRunAnd('key') },
  responses: { 200: json(z.object({ versions }), 'The newest 1,000') },
});
const mail = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/messages',
    scope: 'read',
    tags,
    summary: 'What its agents and people wrote to each other',
  },
  request: { params: ofRun },
  responses: { 200: json(z.object({ messages: outputShapes.messages }), 'In order, each with how long it waited') },
});
const checkpoints = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/checkpoints',
    scope: 'read',
    tags,
    summary: 'Points to fork from, oldest first',
  },
  request: { params: ofRun },
  responses: { 200: json(z.object({ checkpoints: outputShapes.checkpoints }), 'The points') },
});
const evaluations = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/evaluations',
    scope: 'read',
    tags,
    summary: 'What came out of evaluating it, oldest first',
  },
  request: { params: ofRun },
  responses: {
    200: json(z.object({ evaluations: z.array(evaluation.omit({ recommendations: true })) }), 'Empty: nobody did'),
  },
});

/** What can be read of one run. */
export function addReading(routes: Routes): void {
  addEnds(routes);
  addConversations(routes);
  addTraces(routes);
}

function addEnds(routes: Routes): void {
  routes.openapi(result, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    const waiting = run.result(c.req.valid('query')).catch((error: unknown): RunResult | null => {
      if (error instanceof RunGoesOnError) return null;
      throw error;
    });
    const found = await untilClosing(c, waiting);
    return found ? c.json(found, 200) : c.json({ runId: run.id, status: 'goes-on' as const }, 202);
  });
  routes.openapi(standing, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    const [told, cutOff, webUrl] = await Promise.all([run.describe(), run.cutOff(), run.webUrl()]);
    const why = cutOff && { status: cutOff.status, message: cutOff.message };
    return c.json({ runId: run.id, runKey: run.runKey, ...told, cutOff: why, webUrl }, 200);
  });
  routes.openapi(closed, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    await untilClosing(c, run.closed(c.req.valid('query').withinMs));
    return c.body(null, 204);
  });
  routes.openapi(state, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return c.json(plain(toRunStateJson(await run.state())), 200);
  });
}

function addConversations(routes: Routes): void {
  routes.openapi(listContexts, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return c.json({ contexts: await run.contexts() }, 200);
  });
  routes.openapi(context, async (c) => {
    const { id, context: named } = c.req.valid('param');
    const run = await c.get('runs').find(id);
    return c.json(plain({ messages: await run.transcript(named) }), 200);
  });
  routes.openapi(transcript, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return c.json(plain({ messages: await run.transcript() }), 200);
  });
  routes.openapi(mail, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return c.json(plain({ messages: await run.messages() }), 200);
  });
}

function addTraces(routes: Routes): void {
  routes.openapi(output, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return c.json(plain({ tasks: await run.output(c.req.valid('query').task) }), 200);
  });
  routes.openapi(shared, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return c.json(plain(await run.sharedState()), 200);
  });
  routes.openapi(history, async (c) => {
    const { id, key } = c.req.valid('param');
    const run = await c.get('runs').find(id);
    return c.json(plain({ versions: await run.stateHistory(key) }), 200);
  });
  routes.openapi(checkpoints, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return c.json({ checkpoints: await run.checkpoints() }, 200);
  });
  routes.openapi(evaluations, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return c.json({ evaluations: await run.evaluations() }, 200);
  });
}
