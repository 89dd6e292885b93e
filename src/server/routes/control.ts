import { z } from '@hono/zod-openapi';
import type { JsonValue } from '../../domain/json.ts';
import { body, json, optionalBody, route, type Routes } from '../route.ts';
import { actorOf, anyJson, by, done, given, name, ofRun, prose } from './parts.ts';
import { priority } from './start-body.ts';

const tags = ['control'];
const reason = prose.optional();
const request = <Schema extends z.ZodType>(schema: Schema) => ({ params: ofRun, body: body(schema) });
const bare = <Schema extends z.ZodType>(schema: Schema) => ({ params: ofRun, body: optionalBody(schema) });
const ids = z.object({ runId: z.string(), tasks: z.array(z.string()) });
const amount = z.number().nonnegative();
const counted = z.int().nonnegative();

const pause = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/pause',
    scope: 'run',
    tags,
    summary: 'Starts nothing more; calls in flight still end',
  },
  request: bare(z.strictObject({ reason, by })),
  responses: {
    200: json(
      z.object({ runId: z.string(), state: z.enum(['pausing', 'paused']) }),
      'Whether calls in flight still end',
    ),
  },
});
const resume = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/resume',
    scope: 'run',
    tags,
    summary: 'Goes on, also after a limit or a provider stopped it',
  },
  request: bare(z.strictObject({ by })),
  responses: { 200: json(done, 'It goes on') },
});
const cancel = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/cancel',
    scope: 'run',
    tags,
    summary: 'Stops the run, and undoes what is registered',
  },
  request: bare(z.strictObject({ by })),
  responses: { 202: json(done, 'It is being stopped: its result tells when it has ended') },
});
const takeUp = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/take-up',
    scope: 'run',
    tags,
    summary: 'Sees to it that somebody works on it',
  },
  request: bare(z.strictObject({ by })),
  responses: { 200: json(done, 'It was seen to') },
});
const skip = route({
  ...{ method: 'post', path: '/api/runs/{id}/skip', scope: 'run', tags, summary: 'Gives a task up that has not ended' },
  request: request(z.strictObject({ task: name, reason, by })),
  responses: { 200: json(done.extend({ task: z.string() }), 'The task that is skipped') },
});
const retryTask = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/retry-task',
    scope: 'run',
    tags,
    summary: 'Does a task that has ended anew, in place',
  },
  request: request(z.strictObject({ task: name, descendants: z.boolean().optional(), by })),
  responses: { 200: json(ids, 'All that is done anew') },
});
const limits = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/limits',
    scope: 'run',
    tags,
    summary: 'Raises or lowers what the run, or a part of it, may use',
  },
  request: request(
    z.strictObject({
      ...{ task: name.optional(), phase: name.optional(), agent: name.optional(), by },
      ...{ usd: amount.optional(), tokens: counted.optional(), usdPerMinute: amount.optional() },
      ...{ maxParallel: counted.optional(), timeoutMs: counted.optional() },
    }),
  ),
  responses: { 200: json(done, 'They hold from now on') },
});
const setPriority = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/priority',
    scope: 'run',
    tags,
    summary: 'Before whom the run, or a task of it, is served',
  },
  request: request(z.strictObject({ priority, task: name.optional(), by })),
  responses: { 200: json(done.extend({ priority }), 'It holds from now on') },
});
const send = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/messages',
    scope: 'run',
    tags,
    summary: 'Tells an agent something, with its next turn',
  },
  request: request(z.strictObject({ to: name, text: prose, from: by })),
  responses: { 200: json(done.extend({ messageId: z.string() }), 'The message, which is on its way') },
});
const addTasks = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/tasks',
    scope: 'run',
    tags,
    summary: 'Adds tasks as a workflow file has them',
  },
  request: request(z.strictObject({ tasks: anyJson, by })),
  responses: { 200: json(ids, 'What was added') },
});

/** What can be asked of a run that lives; it is answered once the run has done it, or said no. */
export function addControl(routes: Routes): void {
  addStops(routes);
  addChanges(routes);
  addWork(routes);
}

function addStops(routes: Routes): void {
  routes.openapi(pause, async (c) => {
    const { reason: why, by: said } = c.req.valid('json');
    const run = await c.get('runs').find(c.req.valid('param').id);
    const state = await run.pause({ by: actorOf(c, said), ...given({ reason: why }) });
    return c.json({ runId: run.id, state }, 200);
  });
  routes.openapi(resume, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    await run.resume({ by: actorOf(c, c.req.valid('json').by) });
    return c.json({ runId: run.id }, 200);
  });
  routes.openapi(cancel, async (c) => {
    actorOf(c, c.req.valid('json').by);
    const run = await c.get('runs').find(c.req.valid('param').id);
    await run.cancel();
    return c.json({ runId: run.id }, 202);
  });
  routes.openapi(takeUp, async (c) => {
    actorOf(c, c.req.valid('json').by);
    const run = await c.get('runs').find(c.req.valid('param').id);
    await run.takeUp();
    return c.json({ runId: run.id }, 200);
  });
}

function addChanges(routes: Routes): void {
  routes.openapi(limits, async (c) => {
    const { by: said, ...change } = c.req.valid('json');
    c.set('about', given(change));
    const run = await c.get('runs').find(c.req.valid('param').id);
    await run.setLimits({ ...given(change), by: actorOf(c, said) });
    return c.json({ runId: run.id }, 200);
  });
  routes.openapi(setPriority, async (c) => {
    const { by: said, ...change } = c.req.valid('json');
    c.set('about', given(change));
    const run = await c.get('runs').find(c.req.valid('param').id);
    await run.setPriority({ ...given(change), by: actorOf(c, said) });
    return c.json({ runId: run.id, priority: change.priority }, 200);
  });
  routes.openapi(send, async (c) => {
    const { to, text, from } = c.req.valid('json');
    c.set('about', { to });
    const run = await c.get('runs').find(c.req.valid('param').id);
    const messageId = await run.send({ to, text, from: actorOf(c, from) });
    return c.json({ runId: run.id, messageId }, 200);
  });
}

function addWork(routes: Routes): void {
  routes.openapi(skip, async (c) => {
    const { by: said, task, reason: why } = c.req.valid('json');
    c.set('about', { task });
    const run = await c.get('runs').find(c.req.valid('param').id);
    await run.skip({ task, ...given({ reason: why }), by: actorOf(c, said) });
    return c.json({ runId: run.id, task }, 200);
  });
  routes.openapi(retryTask, async (c) => {
    const { by: said, ...what } = c.req.valid('json');
    c.set('about', given(what));
    const run = await c.get('runs').find(c.req.valid('param').id);
    const tasks = await run.retryTask({ ...given(what), by: actorOf(c, said) });
    return c.json({ runId: run.id, tasks }, 200);
  });
  routes.openapi(addTasks, async (c) => {
    const { by: said, tasks: wanted } = c.req.valid('json');
    const run = await c.get('runs').find(c.req.valid('param').id);
    const tasks = await run.addTasks({ tasks: wanted as JsonValue, by: actorOf(c, said) });
    c.set('about', { tasks });
    return c.json({ runId: run.id, tasks }, 200);
  });
}
