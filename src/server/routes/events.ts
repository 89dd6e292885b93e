import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ServerEnv } from '../env.ts';
import { ProblemError } from '../problem.ts';
import { json, route, type Routes } from '../route.ts';
import { parseCursor, placeIn, placesIn, type Cursor } from '../sse/cursor.ts';
import { wantsJson } from '../wants-json.ts';
import { connectionOf } from '../sse/connection-of.ts';

/** How many runs one stream may follow. */
const mostRuns = 100;

const after = z.coerce.number().int().min(0).max(2_147_483_647);
const lastEventId = z.object({
  'last-event-id': z
    .string()
    .max(4000)
    .optional()
    .openapi({ description: 'Id of the last event that is known: counts more than `after`' }),
});
const page = z
  .object({
    events: z.array(z.looseObject({ type: z.string(), seq: z.int(), at: z.string() })),
    next: z.int().meta({ description: 'The `after` of the next page' }),
    isOver: z.boolean().meta({ description: 'Whether nothing can come any more' }),
  })
  .meta({ id: 'EventPage' });
const stream = {
  description: 'Server-sent events: `id: N`, `data: {"type": …}`; it ends behind the last event of the run',
  content: {
    'text/event-stream': { schema: z.unknown().openapi({ description: 'Server-sent events, each with JSON as data' }) },
  },
} as const;
const told = { description: 'Everything is told up to the last event: do not come back' } as const;

const ofOne = route({
  ...{ method: 'get', path: '/api/runs/{id}/events', scope: 'read', tags: ['runs'] },
  summary: 'The story of a run, live as server-sent events, or a page of it with Accept: application/json',
  request: {
    params: z.object({ id: z.string().min(1).max(300) }),
    headers: lastEventId,
    query: z.object({
      after: after.optional().openapi({ description: 'Number of the last event that is known' }),
      limit: z.coerce.number().int().min(1).max(1000).optional().openapi({ description: 'Of a page; 100' }),
      deltas: z.enum(['0', '1']).optional().openapi({ description: 'What models say while they say it; 1' }),
    }),
  },
  responses: {
    200: { ...stream, content: { ...stream.content, ...json(page, '').content } },
    204: told,
  },
});

const ofMany = route({
  ...{ method: 'get', path: '/api/events', scope: 'read', tags: ['runs'] },
  summary: 'The stories of several runs as one stream of server-sent events, whose ids are RUN:N',
  request: {
    headers: lastEventId,
    query: z.object({
      run: z
        .union([z.string(), z.array(z.string()).max(mostRuns)])
        .openapi({ type: 'array', items: { type: 'string' }, description: 'RUN, or RUN:N to go on behind event N' }),
      deltas: z.enum(['0', '1']).optional().openapi({ description: 'What models say while they say it; 0' }),
    }),
  },
  responses: { 200: stream, 204: told },
});

/** Stories of runs: live, and by pages. */
export function addEvents(routes: Routes): void {
  routes.openapi(ofOne, async (c) => {
    const { id } = c.req.valid('param');
    const { after: from = 0, limit = 100, deltas } = c.req.valid('query');
    const run = await c.get('runs').find(id);
    const known = c.req.valid('header')['last-event-id'];
    const place = known ? placeIn(run.id, known) : from;
    if (wantsJson(c.req.header('Accept'))) return c.json(await c.get('streams').page(run, place, limit), 200);
    return c.get('streams').open({
      ...{ runs: [{ run, after: place }], ids: 'number', deltas: deltas !== '0' },
      ...{ keyId: keyIdOf(c), isReconnect: known !== undefined },
      ...{ requestId: c.get('requestId'), ...connectionOf(c) },
    });
  });
  routes.openapi(ofMany, async (c) => {
    const { run: named, deltas } = c.req.valid('query');
    const asked = [named].flat().map((text) => parseCursor(text, 'run'));
    const runs = await Promise.all(asked.map(({ run }) => c.get('runs').find(run)));
    const known = c.req.valid('header')['last-event-id'];
    const places = placesIn(oncePerRun(runs, asked), known);
    return c.get('streams').open({
      ...{ runs: runs.map((run, index) => ({ run, after: places[index]!.after })), ids: 'run', deltas: deltas === '1' },
      ...{ keyId: keyIdOf(c), isReconnect: known !== undefined },
      ...{ requestId: c.get('requestId'), ...connectionOf(c) },
    });
  });
}

/** The places under the runs' own ids. @throws ProblemError when one is asked for twice */
function oncePerRun(runs: readonly { id: string }[], asked: readonly Cursor[]): Cursor[] {
  const twice = runs.find(({ id }, index) => runs.findIndex((other) => other.id === id) !== index);
  if (!twice) return asked.map(({ after: from }, index) => ({ run: runs[index]!.id, after: from }));
  const detail = `run: ${twice.id} is named twice`;
  throw new ProblemError(422, { code: 'invalid', detail, errors: [{ pointer: 'run', detail }] });
}

function keyIdOf(c: Context<ServerEnv>): string {
  return c.get('principal').keyId;
}
