import { z } from '@hono/zod-openapi';
import { bulkActions, doToAll } from '../../../client/control/bulk.ts';
import { createRuns } from '../../../client/create-runs.ts';
import { countRuns } from '../../../client/list/count-runs.ts';
import type { RunFilter } from '../../../client/runs.ts';
import { outputShapes } from '../../../definition/schema/output-schema.ts';
import { readLabels } from '../../../domain/run-labels.ts';
import { toProblem } from '../../problem.ts';
import { body, json, route, type Routes } from '../../route.ts';
import { actorOf, by, given, name, numeral, plain, time, words } from '../parts.ts';

const tags = ['runs'];
const orNull = <Shape extends z.ZodType>(shape: Shape) => z.union([shape, z.null()]);
const listed = z.object({ runs: outputShapes.runs, next: orNull(z.string()) }).openapi('Runs');

/** One of them, or several: `?status=failed&status=stopped`. */
const several = (most: number, length: number) =>
  z
    .union([words(length), z.array(words(length)).max(most)])
    .transform((value) => [value].flat())
    .optional();
const which = {
  workflow: name.optional(),
  label: several(16, 300).openapi({ description: 'key=value; each of them', example: ['team=search'] }),
  search: words(200)
    .optional()
    .openapi({ description: 'Words that stand in the id, the workflow, the labels or the reason' }),
  schedule: name.optional(),
  since: time.optional().openapi({ description: 'Began then or later' }),
  until: time.optional().openapi({ description: 'Began before that' }),
};

const list = route({
  ...{ method: 'get', path: '/api/runs', scope: 'read', tags, summary: 'Runs, newest first' },
  description:
    'A page at a time: `next`, given as `cursor`, leads to the page behind. Nothing comes twice or is left out, and what begins meanwhile comes before the first page. A page may have fewer runs than `limit` and more behind it: null is the end.',
  request: {
    query: z.strictObject({
      status: several(20, 40).openapi({
        description: 'One or several; `open`, `ended` and `attention` (waits for a person) stand for several',
        example: ['running'],
      }),
      ...which,
      limit: numeral(1, 200).default(50),
      cursor: words(4000).optional(),
    }),
  },
  responses: { 200: json(listed, 'The runs') },
});

const counts = route({
  ...{ method: 'get', path: '/api/run-counts', scope: 'read', tags, summary: 'How many runs there are, by status' },
  request: { query: z.strictObject(which) },
  responses: { 200: json(z.object({ counts: z.record(z.string(), z.int()) }), 'Of each status that any has') },
});

const problem = z.looseObject({ status: z.int(), code: z.string(), detail: z.string() });
const bulk = route({
  ...{ method: 'post', path: '/api/runs/bulk', scope: 'run', tags, summary: 'Does the same to many runs' },
  description:
    'To each by itself: what one says no to keeps nobody else from being done. `retry` makes new runs of those that have ended, and `run` names them.',
  request: {
    body: body(
      z
        .strictObject({
          action: z.enum(bulkActions),
          runs: z.array(words(200)).min(1).max(200),
          reason: words(1000).optional().openapi({ description: 'Why, of a pause' }),
          by,
        })
        .openapi('Bulk', { example: { action: 'cancel', runs: ['haiku-1', 'haiku-2'] } }),
    ),
  },
  responses: {
    200: json(
      z
        .object({
          action: z.enum(bulkActions),
          done: z.int(),
          results: z.array(
            z.object({ runId: z.string(), run: orNull(z.string()), problem: orNull(problem) }).openapi('BulkResult'),
          ),
        })
        .openapi('BulkResults'),
      'What became of each, in the same order: `run` is the one that does it, or `problem` says why not',
    ),
  },
});

/** Lists of runs, and what is done to many of them. */
export function addLists(routes: Routes): void {
  routes.openapi(list, async (c) => {
    const { status, limit, cursor, ...rest } = given(c.req.valid('query'));
    const filter = { ...toFilter(rest), ...given({ status, cursor }), limit };
    const page = await c.get('runs').page(filter);
    const next = new URL(c.req.url).searchParams;
    next.set('cursor', page.next ?? '');
    const link = page.next !== null && { Link: `</api/runs?${next.toString()}>; rel="next"` };
    return c.json(page, 200, { ...link });
  });
  routes.openapi(counts, async (c) => {
    const found = await countRuns(c.get('session'), toFilter(given(c.req.valid('query'))));
    return c.json({ counts: found }, 200);
  });
  routes.openapi(bulk, async (c) => {
    const { by: said, ...wanted } = given(c.req.valid('json'));
    const about = { action: wanted.action };
    const unknown = { run: null, about, result: 'unknown' };
    // Until it is known what came of each.
    c.set(
      'each',
      [...new Set(wanted.runs)].map((runId) => ({ runId, ...unknown })),
    );
    const results = await doToAll(c.get('session'), { ...wanted, by: actorOf(c, said) }, createRuns);
    const told = results.map(({ runId, run, error }) => ({ runId, run, problem: error && toProblem(error)! }));
    const done = told.filter((each) => each.problem === null).length;
    const byRun = new Map(told.map((each) => [each.runId, each]));
    const resultOf = ({ problem }: (typeof told)[number]): string =>
      problem ? `${problem.status} ${problem.code}` : 'ok';
    c.set(
      'each',
      [...byRun.values()].map((each) => ({ runId: each.runId, run: each.run, about, result: resultOf(each) })),
    );
    return c.json(plain({ action: wanted.action, done, results: told }), 200);
  });
}

function toFilter({ label, ...rest }: { label?: string[] } & Omit<RunFilter, 'status' | 'labels'>): RunFilter {
  return { ...rest, ...(label && { labels: readLabels(label) }) };
}
