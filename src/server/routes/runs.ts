import { z } from '@hono/zod-openapi';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import { json, route, type Routes } from '../route.ts';

const params = z.object({
  id: z
    .string()
    .min(1)
    .max(200)
    .openapi({ param: { name: 'id', in: 'path' } }),
});

const show = route({
  ...{ method: 'get', path: '/api/runs/{id}', scope: 'read', tags: ['runs'], summary: 'A run as it stands or ended' },
  request: { params },
  responses: { 200: json(outputShapes.show, 'The run') },
});

/** Runs: what there are, and how they stand. */
export function addRuns(routes: Routes): void {
  routes.openapi(show, async (c) => {
    const run = await c.get('runs').find(c.req.valid('param').id);
    return c.json(await run.view(), 200);
  });
}
