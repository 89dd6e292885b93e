import { z } from '@hono/zod-openapi';
import { compareMany, compareTexts } from '../../../client/evaluation/compare-many.ts';
import { outputShapes } from '../../../definition/schema/output-schema.ts';
import { json, route, type Routes } from '../../route.ts';
import { name, numeral, plain } from '../parts.ts';
import { ProblemError } from '../../problem.ts';

const tags = ['lineage'];
const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()]);
const texts = z.array(z.string());
const money = z.number();

const comparedRun = z.object({
  ...{ runId: z.string(), workflow: z.string(), status: z.string(), reason: orNull(z.string()) },
  ...{ startedAt: z.string(), endedAt: orNull(z.string()), score: orNull(z.number()) },
  from: orNull(z.object({ run: z.string(), kind: z.enum(['retry', 'fork', 'reuse']), at: orNull(z.string()) })),
  ...{ costUsd: money, isUncounted: z.boolean(), tokens: z.int(), durationMs: z.number() },
  tasks: z.object({ total: z.int(), succeeded: z.int(), failed: z.int(), reused: z.int() }),
  criticalPath: z.object({ tasks: texts, totalMs: z.number() }),
});
const cell = z.object({
  ...{ id: z.string(), status: z.string(), agent: z.string(), model: orNull(z.string()), costUsd: money },
  ...{ tokens: z.int(), durationMs: z.number(), turns: z.int(), attempts: z.int(), score: orNull(z.number()) },
  ...{ error: orNull(z.string()), outputHash: orNull(z.string()) },
});
const many = z
  .object({
    runs: z.array(comparedRun),
    plan: z.array(z.object({ what: z.string(), values: z.array(orNull(z.string())) })),
    tasks: z.array(z.object({ task: z.string(), cells: z.array(orNull(cell)), differs: texts })),
    ...{ total: z.int(), differing: z.int() },
    recommendations: outputShapes.compare.shape.recommendations,
  })
  .openapi('ComparedRuns');
const textsOfTask = z.object({
  task: z.string(),
  texts: z.array(
    orNull(
      z.object({
        ...{ run: z.string(), id: z.string(), prompt: orNull(z.string()), output: z.string() },
        ...{ instructions: orNull(z.string()), isCut: z.boolean() },
      }),
    ),
  ),
});

const several = z
  .union([z.string(), z.array(z.string()).max(4)])
  .openapi({ type: 'array', items: { type: 'string' }, description: 'Two to four runs' });

const compare = route({
  ...{ method: 'get', path: '/api/compare', scope: 'read', tags, summary: 'Two to four runs side by side' },
  description:
    'With `one` and `other`: two that have ended. With `run`, as often as there are runs: whether they have ended or go on.',
  request: {
    query: z.strictObject({
      ...{ one: name.optional(), other: name.optional(), run: several.optional() },
      ...{ offset: numeral(0, 1_000_000).default(0), limit: numeral(1, 1000).default(200) },
    }),
  },
  responses: {
    200: json(
      z.union([many, outputShapes.compare]),
      'What differs, and what evaluations say about it; of several runs, tasks that differ first',
    ),
  },
});
const compareTask = route({
  ...{ method: 'get', path: '/api/compare/task', scope: 'read', tags },
  summary: 'What a task was asked, and what came out of it, in two to four runs',
  request: { query: z.strictObject({ run: several, task: name }) },
  responses: { 200: json(textsOfTask, 'Run by run; null where it has no such task') },
});

/** Runs side by side. */
export function addComparing(routes: Routes): void {
  routes.openapi(compare, async (c) => {
    const { one, other, run, offset, limit } = c.req.valid('query');
    if (run !== undefined && one === undefined && other === undefined)
      return c.json(await compareMany(c.get('session'), [run].flat(), { offset, limit }), 200);
    if (one === undefined || other === undefined || run !== undefined) throw notOneWay();
    return c.json(plain(await c.get('runs').compare(one, other)), 200);
  });
  routes.openapi(compareTask, async (c) => {
    const { run, task } = c.req.valid('query');
    return c.json(await compareTexts(c.get('session'), [run].flat(), task), 200);
  });
}

function notOneWay(): ProblemError {
  const detail = 'name two to four runs as `run`, or two as `one` and `other`.';
  return new ProblemError(422, { code: 'invalid', detail, errors: [{ pointer: 'run', detail }] });
}
