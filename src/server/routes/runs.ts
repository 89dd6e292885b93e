import { z } from '@hono/zod-openapi';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import type { Run } from '../../client/run.ts';
import type { StartOptions } from '../../client/start-options.ts';
import { body, json, route, type Routes } from '../route.ts';
import { flag, given, notModified, ofRun } from './parts.ts';
import { inBody, startBody } from './start-body.ts';
import { startWithCallback } from './start-with-callback.ts';

/** A run that was started, and where to go on from there. */
export const startedRun = z
  .object({
    ...{ runId: z.string(), runKey: z.string(), webUrl: z.union([z.string(), z.null()]) },
    links: z.object({ self: z.string(), events: z.string(), result: z.string() }),
    callbackSecret: z
      .string()
      .optional()
      .openapi({ description: 'What the callback is signed with; shown here alone' }),
  })
  .openapi('StartedRun');

const start = route({
  ...{
    method: 'post',
    path: '/api/runs',
    scope: 'run',
    tags: ['runs'],
    summary: 'Checks what is to run, and starts it',
  },
  request: { body: body(startBody) },
  responses: { 201: json(startedRun, 'The run that goes on now') },
});

const show = route({
  ...{ method: 'get', path: '/api/runs/{id}', scope: 'read', tags: ['runs'], summary: 'A run as it stands or ended' },
  description: 'The header X-Run-Key names this run and no other: an id can be used again once its run was removed.',
  request: {
    params: ofRun,
    query: z.strictObject({
      tasks: flag
        .default('true')
        .openapi({ description: 'With `false` its `tasks` are left empty: of thousands they are megabytes' }),
    }),
  },
  responses: { 200: json(outputShapes.show, 'The run'), ...notModified },
});

const remove = route({
  ...{
    method: 'delete',
    path: '/api/runs/{id}',
    scope: 'run',
    tags: ['runs'],
    summary: 'Removes a run that has ended',
  },
  request: { params: ofRun },
  responses: { 200: json(z.object({ removed: z.string(), snapshots: z.int() }), 'What was removed') },
});

/** Runs: new ones, and one of them. */
export function addRuns(routes: Routes): void {
  routes.openapi(start, async (c) => {
    const { callback, ...options } = given(c.req.valid('json'));
    const start = () => startWithCallback(c, options as StartOptions, callback);
    const { run, secret } = await inBody(options, start);
    c.set('runId', run.id);
    const answer = { ...(await toStarted(run)), ...(secret !== undefined && { callbackSecret: secret }) };
    return c.json(answer, 201, { Location: answer.links.self });
  });
  routes.openapi(show, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    const view = await run.view();
    const shown = c.req.valid('query').tasks === 'true' ? view : { ...view, tasks: {} };
    return c.json(shown, 200, { 'X-Run-Key': encodeURI(run.runKey) });
  });
  routes.openapi(remove, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    const { snapshots } = await run.remove();
    return c.json({ removed: run.id, snapshots }, 200);
  });
}

/** A run as whoever started it is told of it. */
export async function toStarted(run: Run): Promise<z.infer<typeof startedRun>> {
  const self = `/api/runs/${encodeURIComponent(run.id)}`;
  const links = { self, events: `${self}/events`, result: `${self}/result` };
  return { runId: run.id, runKey: run.runKey, webUrl: await run.webUrl(), links };
}
