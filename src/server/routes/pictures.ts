import { z } from '@hono/zod-openapi';
import { pictureOfPlan, pictureOfRun, spansOfRun } from '../../client/reading/pictures.ts';
import type { StartOptions } from '../../client/start-options.ts';
import { body, json, route, type Routes } from '../route.ts';
import { given, notModified, ofRun, plain } from './parts.ts';
import { checkBody, inBody } from './start-body.ts';

/** A list of a few things by their place, which the document can only tell apart by their kind: it has no word for places that zod says. */
const list = <Kinds extends [z.ZodType, z.ZodType, ...z.ZodType[]]>(...kinds: Kinds) => z.array(z.union(kinds));
const places = z.array(z.int());
const ms = z.number();
const end = z.union([ms, z.null()]);
const size = z.object({ width: z.number(), height: z.number() });

const picture = size
  .extend({
    box: size,
    phases: z.array(
      z.object({
        ...{ name: z.string(), executionMode: z.enum(['sequential', 'parallel']), x: z.number(), width: z.number() },
      }),
    ),
    agents: z.array(z.string()),
    needs: z.array(places).openapi({ description: 'Lists of tasks that have to end before; the first is empty' }),
    tasks: z
      .array(list(z.string(), z.int()))
      .openapi({ description: 'Id, box, phase (-1: none), agent, list of `needs`, and bits for what it is' }),
    boxes: z.array(list(z.number(), z.string())).openapi({ description: 'x, y and title' }),
    lines: z
      .array(z.array(z.number()))
      .openapi({ description: 'From a box to a box, why, and x and y of places that it goes through' }),
    path: places.openapi({ description: 'The longest way through the plan, by tasks' }),
  })
  .openapi('Picture');

const spans = z
  .object({
    ...{ lastSeq: z.int(), from: end, until: end, isWhole: z.boolean() },
    rows: z
      .array(list(z.string(), z.null(), z.array(list(ms, z.null(), z.string()))))
      .openapi({ description: 'Execution (empty: the run), phase, attempts and waits, in ms since `from`' }),
    open: z.array(list(z.string(), z.looseObject({ cause: z.string() }))),
  })
  .openapi('Spans');

const graph = route({
  ...{ method: 'get', path: '/api/runs/{id}/graph', scope: 'read', tags: ['runs'], summary: 'Where its tasks stand' },
  description:
    'The graph as a picture, in lists instead of objects. How tasks stand is not in it: that is told by events. It changes only when tasks are added, and nothing in it moves then.',
  request: { params: ofRun },
  responses: { 200: json(picture, 'The picture'), ...notModified },
});
const times = route({
  ...{ method: 'get', path: '/api/runs/{id}/spans', scope: 'read', tags: ['runs'], summary: 'When its tasks worked' },
  description: 'Begin and end of every attempt, and of what was waited for, as the events up to `lastSeq` tell it.',
  request: { params: ofRun },
  responses: { 200: json(spans, 'The times'), ...notModified },
});
const planned = route({
  ...{
    method: 'post',
    path: '/api/plan/graph',
    scope: 'read',
    writes: false,
    tags: ['catalog'],
    summary: 'The graph of a definition; starts nothing',
  },
  request: { body: body(checkBody) },
  responses: { 200: json(picture, 'The picture') },
});

/** How runs and plans look: as a graph, and along the time. */
export function addPictures(routes: Routes): void {
  routes.openapi(graph, async (c) => {
    return c.json(plain(await pictureOfRun(c.get('session'), c.req.valid('param').id)), 200);
  });
  routes.openapi(times, async (c) => {
    return c.json(plain(await spansOfRun(c.get('session'), c.req.valid('param').id)), 200);
  });
  routes.openapi(planned, async (c) => {
    const options = given(c.req.valid('json'));
    const told = await inBody(options, () => pictureOfPlan(c.get('session'), options as StartOptions));
    return c.json(plain(told), 200);
  });
}
