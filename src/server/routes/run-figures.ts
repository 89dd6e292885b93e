import { z } from '@hono/zod-openapi';
import { expectedOfRun, spendingOfRun, undoOfRun } from '../../client/reading/run-parts.ts';
import { json, route, type Routes } from '../route.ts';
import { ofRun } from './parts.ts';

const tags = ['runs'];
const amount = z.number();
const quantiles = z.union([z.object({ p50: amount, p95: amount }), z.null()]);

const spending = route({
  ...{
    method: 'get',
    path: '/api/runs/{id}/spending',
    scope: 'read',
    tags,
    summary: 'What is spent, held back, allowed',
  },
  description:
    'Of the run itself first, in both units, then of its phases, tasks and agents that have a limit of their own. Money in USD.',
  request: { params: ofRun },
  responses: {
    200: json(
      z.object({
        spending: z.array(
          z.object({
            ...{ scope: z.string(), unit: z.enum(['usd', 'tokens']), spent: amount },
            reserved: amount.meta({ description: 'What calls that are under way may still cost' }),
            limit: z.union([amount, z.null()]),
          }),
        ),
      }),
      '`limit` null: none is set',
    ),
  },
});
const expected = route({
  ...{ method: 'get', path: '/api/runs/{id}/expected', scope: 'read', tags, summary: 'What runs like it took' },
  description:
    'The newest 50 runs of the same workflow before it that did all of it themselves and came to a good end.',
  request: { params: ofRun },
  responses: {
    200: json(z.object({ runs: z.int(), durationMs: quantiles, costUsd: quantiles }), 'Null: there were none'),
  },
});
const undo = route({
  ...{ method: 'get', path: '/api/runs/{id}/undo', scope: 'read', tags, summary: 'What a rollback would undo' },
  request: { params: ofRun },
  responses: {
    200: json(
      z.object({
        undo: z.array(z.object({ id: z.string(), task: z.string(), agent: z.string(), taskEnded: z.boolean() })),
      }),
      'In that order; empty: nothing is left to undo',
    ),
  },
});

/** What a run took, may take and would leave. */
export function addRunFigures(routes: Routes): void {
  routes.openapi(spending, async (c) =>
    c.json({ spending: await spendingOfRun(c.get('session'), c.req.valid('param').id) }, 200),
  );
  routes.openapi(expected, async (c) => c.json(await expectedOfRun(c.get('session'), c.req.valid('param').id), 200));
  routes.openapi(undo, async (c) => {
    const left = await undoOfRun(c.get('session'), c.req.valid('param').id);
    return c.json({ undo: left.map(({ id, task, agent, taskEnded }) => ({ id, task, agent, taskEnded })) }, 200);
  });
}
