import { z } from '@hono/zod-openapi';
import { listWorkers } from '../../client/list/workers.ts';
import { readUsage } from '../../client/list/usage.ts';
import { json, route, type Routes } from '../route.ts';
import { given, plain, words } from './parts.ts';

const figures = { usd: z.number(), tokens: z.int(), calls: z.int() };
const rows = z.array(z.object({ name: z.string(), ...figures }));

const usage = route({
  ...{ method: 'get', path: '/api/usage', scope: 'read', tags: ['operation'] },
  summary: 'What calls of models cost, by day, workflow, agent and model',
  description: 'Of runs that are kept; those that were removed are not in it. Money is in USD.',
  request: {
    query: z.strictObject({
      since: words(10)
        .optional()
        .openapi({ example: '2026-11-01', description: 'First day; left out: 29 days before' }),
      until: words(10).optional().openapi({ example: '2026-11-30', description: 'Last day; left out: today' }),
      timeZone: words(100).optional().openapi({ example: 'Europe/Berlin' }),
    }),
  },
  responses: {
    200: json(
      z
        .object({
          ...{ since: z.string(), until: z.string(), timeZone: z.string() },
          ...{ days: rows, workflows: rows, agents: rows, models: rows },
        })
        .openapi('UsageReport'),
      'The period',
    ),
  },
});

const workers = route({
  ...{ method: 'get', path: '/api/workers', scope: 'read', tags: ['operation'] },
  summary: 'Who serves runs, and what waits for them',
  responses: {
    200: json(
      z.object({
        queues: z.array(
          z.object({
            ...{ name: z.string(), role: z.string() },
            workers: z.array(
              z.object({
                ...{ identity: z.string(), lastSeen: z.string(), version: z.union([z.string(), z.null()]) },
                kinds: z.array(z.enum(['workflow', 'activity'])),
              }),
            ),
            figures: z.union([
              z.array(
                z.object({
                  ...{ queue: z.string(), kind: z.enum(['workflow', 'activity']), pollers: z.int(), waiting: z.int() },
                  ...{ oldestSeconds: z.number(), addedPerSecond: z.number(), dispatchedPerSecond: z.number() },
                }),
              ),
              z.null(),
            ]),
          }),
        ),
      }),
      'Queues, and who polls them; figures and names of machines are for the operator alone',
    ),
  },
});

/** What an operator looks at. */
export function addOperate(routes: Routes): void {
  routes.openapi(usage, async (c) => c.json(await readUsage(c.get('session'), given(c.req.valid('query'))), 200));
  routes.openapi(workers, async (c) => c.json(plain({ queues: await listWorkers(c.get('session')) }), 200));
}
