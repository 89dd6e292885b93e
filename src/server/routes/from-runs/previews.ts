import { z } from '@hono/zod-openapi';
import { previewFork, previewRetry } from '../../../client/preview/checked-fork.ts';
import { editableRun } from '../../../client/preview/editable.ts';
import { PlanEditError } from '../../../client/start/plan-edits.ts';
import { ProblemError, toProblem } from '../../problem.ts';
import { body, json, optionalBody, route, type Routes } from '../../route.ts';
import { actorOf, anyJson, given, name, ofRun } from '../parts.ts';
import { forkBody, retryBody } from '../start-body.ts';

const tags = ['lineage'];
const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()]);
const money = z.number();

const preview = z
  .object({
    ...{ run: z.string(), kind: z.enum(['fork', 'retry']), isInPlace: z.boolean() },
    counts: z.object({ reused: z.int(), anew: z.int(), stays: z.int() }),
    tasks: z.array(
      z.object({
        ...{ id: z.string(), agent: z.string(), fate: z.enum(['reused', 'anew', 'stays']), why: z.string() },
        ...{ costUsd: orNull(money), durationMs: orNull(z.number()) },
      }),
    ),
    savedUsd: money,
    expected: orNull(z.object({ lowUsd: money, highUsd: money, isUncounted: z.literal(true).optional() })),
    ...{ untried: z.int(), warnings: z.array(z.string()) },
  })
  .openapi('RunPreview');

const editable = z
  .object({
    ...{ run: z.string(), workflow: z.string(), isScript: z.boolean(), total: z.int() },
    tasks: z.array(z.object({ id: z.string(), agent: z.string(), prompt: z.string(), isShortened: z.boolean() })),
    agents: z.array(z.object({ name: z.string(), model: z.string(), tasks: z.int(), ownModel: z.int() })),
    inputs: z.array(z.object({ name: z.string(), type: z.string(), value: anyJson, why: orNull(z.string()) })),
    limits: z.array(z.object({ name: z.string(), value: z.string() })),
    checkpoints: z.array(
      z.object({ name: z.string(), after: z.string(), at: z.string(), tasks: z.int(), keepsFiles: z.boolean() }),
    ),
    models: z.array(z.object({ name: z.string(), inputUsd: orNull(money), outputUsd: orNull(money) })),
  })
  .openapi('EditableRun');

const edits = route({
  ...{ method: 'get', path: '/api/runs/{id}/edits', scope: 'read', tags },
  summary: 'What a fork of a run may change, with what stands there now',
  description: "Prompts are shortened, unless one task is named. The names are those of a fork's `set`.",
  request: { params: ofRun, query: z.strictObject({ task: name.optional() }) },
  responses: {
    200: json(editable, 'Prompts, models, inputs, limits, points to fork from, and the models that are known'),
  },
});
const forkPreview = route({
  ...{ method: 'post', path: '/api/runs/{id}/fork/preview', scope: 'run', tags, writes: false },
  summary: 'What a fork would do: what it uses again, what it does anew and why, and for how much',
  description: 'Takes what a fork takes, and starts nothing. What cannot be set is told with its place in the body.',
  request: { params: ofRun, body: body(forkBody) },
  responses: { 200: json(preview, 'What would come of it') },
});
const retryPreview = route({
  ...{ method: 'post', path: '/api/runs/{id}/retry/preview', scope: 'run', tags, writes: false },
  summary: 'What a retry would do anew, in place or as a new run, and for how much',
  request: { params: ofRun, body: optionalBody(retryBody) },
  responses: { 200: json(preview, 'What would come of it') },
});

/** What can be known of a run that goes on from another one before it starts. */
export function addPreviews(routes: Routes): void {
  routes.openapi(edits, async (c) => {
    const { task } = c.req.valid('query');
    return c.json(await editableRun(c.get('session'), c.req.valid('param').id, task), 200);
  });
  routes.openapi(forkPreview, async (c) => {
    const { by: said, ...options } = c.req.valid('json');
    const by = actorOf(c, said);
    const { id } = c.req.valid('param');
    return c.json(await withPlaces(() => previewFork(c.get('session'), id, { ...given(options), by })), 200);
  });
  routes.openapi(retryPreview, async (c) => {
    const { by: said, ...options } = c.req.valid('json');
    const by = actorOf(c, said);
    return c.json(await previewRetry(c.get('session'), c.req.valid('param').id, { ...given(options), by }), 200);
  });
}

/** Says of edits that cannot be made where in the body each stands. */
export async function withPlaces<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const problem = error instanceof PlanEditError ? toProblem(error) : undefined;
    if (!problem || !(error instanceof PlanEditError)) throw error;
    const { status, type: _, title: __, ...said } = problem;
    const errors = error.wrong.map(({ edit, message }) => ({
      pointer: `/set/${pointed(edit)}`,
      detail: withoutName(message),
    }));
    throw new ProblemError(status, { ...said, errors });
  }
}

// Its pointer names it.
function withoutName(message: string): string {
  return message.replace(/^`set` \S+( "[^"]*")?: /, '');
}

function pointed(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
