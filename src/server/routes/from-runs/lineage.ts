import { z } from '@hono/zod-openapi';
import { outputShapes } from '../../../definition/schema/output-schema.ts';
import { orClosing } from '../../closing.ts';
import { body, json, optionalBody, route, type Routes } from '../../route.ts';
import { actorOf, given, ofRun } from '../parts.ts';
import { withPlaces } from './previews.ts';
import { startedRun, toStarted } from '../runs.ts';
import { forkBody, retryBody } from '../start-body.ts';

const tags = ['lineage'];

const retry = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/retry',
    scope: 'run',
    tags,
    summary: 'Does failed tasks, or the named one, anew',
  },
  description: 'In place while the run goes on, else as a new run that takes over everything else.',
  request: {
    params: ofRun,
    body: optionalBody(retryBody),
  },
  responses: { 201: json(startedRun, 'The run that does it: the same one, where it goes on') },
});
const fork = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/fork',
    scope: 'run',
    tags,
    summary: 'A new run that pays only for what differs',
  },
  request: {
    params: ofRun,
    body: body(forkBody),
  },
  responses: { 201: json(startedRun, 'The new run') },
});
const rollback = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/rollback',
    scope: 'run',
    tags,
    summary: 'Undoes what a run did that ended without undoing it',
  },
  request: { params: ofRun },
  responses: {
    200: json(
      outputShapes.rollback.extend({ result: z.union([outputShapes.cancel, z.null()]) }),
      'What was undone and what could not be; `result` is what the run has from then on',
    ),
  },
});
const evaluate = route({
  ...{
    method: 'post',
    path: '/api/runs/{id}/evaluate',
    scope: 'run',
    tags,
    summary: 'Has a run evaluated that has ended, and waits for it',
  },
  request: { params: ofRun, body: optionalBody(z.strictObject({ again: z.boolean().optional() })) },
  responses: { 200: json(outputShapes.evaluate.options[0], 'How good it was') },
});
/** What goes on from what a run has done. */
export function addLineage(routes: Routes): void {
  routes.openapi(retry, async (c) => {
    const { by: said, ...options } = c.req.valid('json');
    const run = await c.get('runs').retry(c.req.valid('param').id, { ...given(options), by: actorOf(c, said) });
    c.set('runId', run.id);
    const answer = await toStarted(run);
    return c.json(answer, 201, { Location: answer.links.self });
  });
  routes.openapi(fork, async (c) => {
    const { by: said, ...options } = c.req.valid('json');
    const wanted = { ...given(options), by: actorOf(c, said) };
    const run = await withPlaces(() => c.get('runs').fork(c.req.valid('param').id, wanted));
    c.set('runId', run.id);
    const answer = await toStarted(run);
    return c.json(answer, 201, { Location: answer.links.self });
  });
  routes.openapi(rollback, async (c) => {
    return c.json(await orClosing(c, c.get('runs').rollback(c.req.valid('param').id)), 200);
  });
  routes.openapi(evaluate, async (c) => {
    const report = await orClosing(c, c.get('runs').evaluate(c.req.valid('param').id, given(c.req.valid('json'))));
    return c.json(report, 200);
  });
}
