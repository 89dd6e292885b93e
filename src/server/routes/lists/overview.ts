import { z } from '@hono/zod-openapi';
import { type Overview, readOverview } from '../../../client/overview/overview.ts';
import { outputShapes } from '../../../definition/schema/output-schema.ts';
import { json, route, type Routes } from '../../route.ts';
import { given, plain, time } from '../parts.ts';

const tags = ['runs'];
const entry = outputShapes.runs.element;
const orNull = <Shape extends z.ZodType>(shape: Shape) => z.union([shape, z.null()]);

const tasksOf = z.object({ done: z.int(), failed: z.int(), total: z.int() });
const overviewShape = z
  .object({
    isEmpty: z.boolean(),
    counts: z.record(z.string(), z.int()),
    waiting: z.object({ entries: outputShapes.approvals, count: z.int() }),
    failed: z.object({
      runs: z.array(entry.extend({ tasks: z.array(z.object({ id: z.string(), error: orNull(z.string()) })) })),
      count: z.int(),
    }),
    stuck: z.object({
      runs: z.array(
        z.object({
          ...{ runId: z.string(), workflow: z.string(), status: z.string(), since: z.string() },
          cause: z.string(),
        }),
      ),
      isPartial: z.boolean(),
    }),
    running: z.object({ runs: z.array(entry.extend({ tasks: tasksOf, limitUsd: z.number() })), count: z.int() }),
    spend: z.object({
      ...{ since: z.string(), spentUsd: z.number() },
      ...{ reservedUsd: z.number(), limitUsd: z.number(), leftUsd: z.number() },
    }),
    temporal: z.enum(['answers', 'silent']),
    queues: z.array(
      z.object({
        ...{ name: z.string(), workers: z.int() },
        ...{ waiting: orNull(z.number()), oldestSeconds: orNull(z.number()) },
      }),
    ),
  })
  .openapi('Overview');

const overview = route({
  ...{ method: 'get', path: '/api/overview', scope: 'read', tags, summary: 'What is going on, in one glance' },
  description:
    'What waits for a person, what failed in the last 24 hours, what stands still and why, what is at work, what was spent since `today` (at most 48 hours ago; default: midnight, UTC), and who works on the queues. It may be two seconds old.',
  request: { query: z.strictObject({ today: time.optional() }) },
  responses: { 200: json(overviewShape, 'The newest of each, and how many there are') },
});

const freshMs = 2000;
const mostKept = 100;

/** However many pages look at it, it is found out once in two seconds. */
export function addOverview(routes: Routes): void {
  const read = new Map<string, { at: number; overview: Promise<Overview> }>();
  routes.openapi(overview, async (c) => {
    const query = given(c.req.valid('query'));
    const key = JSON.stringify([c.get('principal').tenant, query.today]);
    const before = read.get(key);
    const isFresh = before !== undefined && Date.now() - before.at < freshMs;
    const found = isFresh ? before.overview : readOverview(c.get('session'), query);
    if (!isFresh) {
      if (read.size >= mostKept) read.clear();
      read.set(key, { at: Date.now(), overview: found });
      found.catch(() => read.delete(key));
    }
    return c.json(plain(await found), 200);
  });
}
