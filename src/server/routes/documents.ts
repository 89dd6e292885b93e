import { z } from '@hono/zod-openapi';
import { issuesOfRun, planOfRun, tasksOfRun } from '../../client/reading/run-parts.ts';
import { runReport } from '../../client/reading/run-report.ts';
import { taskStatuses } from '../../domain/run/run-result.ts';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import { json, route, type Routes } from '../route.ts';
import { ofRun, plain } from './parts.ts';

const tags = ['runs'];
const task = z.looseObject({ id: z.string(), task: z.string(), status: z.enum(taskStatuses) });

const tasks = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/tasks',
    scope: 'read',
    tags,
    summary: 'Executions of its tasks, as they began',
  },
  request: { params: ofRun },
  responses: { 200: json(z.object({ tasks: z.array(task) }), 'The executions') },
});
const plan = route({
  ...{ method: 'get', path: '/api/runs/{id}/plan', scope: 'read', tags, summary: 'The plan that it goes by' },
  request: { params: ofRun },
  responses: { 200: json(z.looseObject({ name: z.string() }), 'The plan, as it was frozen') },
});
const issues = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/issues',
    scope: 'read',
    tags,
    summary: 'Issues of the board that it works from',
  },
  request: { params: ofRun },
  responses: { 200: json(z.object({ issues: outputShapes['issues list'] }), 'The most urgent first') },
});
const report = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/report',
    scope: 'read',
    tags,
    summary: 'How it went, as a report in Markdown',
  },
  description: 'As text where `Accept` names text/markdown, else in JSON.',
  request: { params: ofRun },
  responses: {
    200: {
      description:
        'Totals, and every task with who did it, how long, for how much, and why it failed; branches and gates',
      content: {
        'application/json': { schema: z.object({ runId: z.string(), report: z.string() }) },
        'text/markdown': { schema: z.string() },
      },
    },
  },
});
const exported = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/export',
    scope: 'read',
    tags,
    summary: 'Everything that the store knows of it',
  },
  request: { params: ofRun },
  responses: {
    200: {
      description: 'One JSON line a row, all of one moment',
      content: { 'application/jsonl': { schema: z.string() } },
    },
  },
});

/** What a run leaves to read as a whole. */
export function addDocuments(routes: Routes): void {
  routes.openapi(tasks, async (c) => {
    return c.json(plain({ tasks: await tasksOfRun(c.get('session'), c.req.valid('param').id) }), 200);
  });
  routes.openapi(plan, async (c) => {
    return c.json(plain(await planOfRun(c.get('session'), c.req.valid('param').id)), 200);
  });
  routes.openapi(issues, async (c) => {
    return c.json({ issues: await issuesOfRun(c.get('session'), c.req.valid('param').id) }, 200);
  });
  routes.openapi(report, async (c) => {
    const { id } = c.req.valid('param');
    const text = await runReport(c.get('session'), id);
    if (c.req.header('Accept')?.includes('text/markdown') === true)
      return c.body(text, 200, { 'Content-Type': 'text/markdown; charset=utf-8', Vary: 'Accept' });
    return c.json({ runId: id, report: text }, 200, { Vary: 'Accept' });
  });
  routes.openapi(exported, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return plain(c.body(toStream(run.export()), 200, { 'Content-Type': 'application/jsonl' }));
  });
}

function toStream(lines: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const each = lines[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await each.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await each.return?.();
    },
  });
}
