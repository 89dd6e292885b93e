import { dirname } from 'node:path';
import { z } from '@hono/zod-openapi';
import { historyOfWorkflow, listWorkflows, workflowNamed } from '../../../client/reading/workflows.ts';
import type { CallerBounds } from '../../../client/access/caller-bounds.ts';
import type { Problem } from '../../../contracts/problem.ts';
import { outputShapes } from '../../../definition/schema/output-schema.ts';
import { shippedTemplates } from '../../../definition/templates/shipped-templates.ts';
import type { GafferError } from '../../../domain/errors.ts';
import { ProblemError, toProblem, withoutPlaces } from '../../problem.ts';
import { json, problem, route, type Routes } from '../../route.ts';
import { anyJson, numeral, plain, words } from '../parts.ts';

const tags = ['workflows'];
const count = z.int().min(0);
const orNull = <Shape extends z.ZodType>(shape: Shape) => z.union([shape, z.null()]);
const text = z.string();

const figures = {
  ...{ runs: count, ended: count, succeeded: count, successRate: orNull(z.number()), p50Ms: orNull(count) },
  ...{ p95Ms: orNull(count), meanCostUsd: orNull(z.number()) },
  last: orNull(z.object({ runId: text, status: text, at: text })),
};
const entry = {
  id: text.openapi({ description: 'What a start names as its `file`' }),
  ...{ kind: z.enum(['template', 'file']), from: z.enum(['shipped', 'added', 'project']), file: orNull(text) },
  workflow: text.openapi({ description: 'The name that its runs have' }),
  ...{ description: text, category: orNull(text), tags: z.array(text), problem: orNull(text) },
};
const past = z.object({
  ...{ runId: text, status: text, startedAt: text, durationMs: orNull(count), costUsd: z.number() },
});
const id = z.object({
  id: words(1000).openapi({ param: { name: 'id', in: 'path' }, example: 'code-review' }),
});

const list = route({
  ...{ method: 'get', path: '/api/workflows', scope: 'read', tags },
  summary: 'What can be started by its name: templates, and workflow files of the service’s folders',
  description:
    'A key that starts nothing, or is of another tenant than `default`, is told of templates alone. Numbers are over the newest 200 runs of each; `isAll`: there may be more files otherwise.',
  responses: {
    200: json(
      z.object({
        workflows: z.array(z.object({ ...entry, history: z.object(figures) }).openapi('Workflow')),
        isAll: z.boolean(),
      }),
      'Templates first, each by name',
    ),
  },
});
const one = route({
  ...{ method: 'get', path: '/api/workflows/{id}', scope: 'read', tags },
  summary: 'One of them: its text with its mistakes, its inputs, and what it would do',
  description:
    'Found by its id, or by the name of its runs. Inputs that have to be given are stood in for: `standIns` says by what.',
  request: { params: id },
  responses: {
    200: json(
      z
        .object({ ...entry, text, inputs: z.record(text, anyJson), standIns: z.record(text, anyJson) })
        .extend({ checked: orNull(outputShapes.plan), refusal: orNull(problem) })
        .openapi('WorkflowDetails'),
      '`checked`: what it would do; else `refusal` says all that is in the way, with where it stands',
    ),
  },
});
const history = route({
  ...{ method: 'get', path: '/api/workflows/{id}/history', scope: 'read', tags },
  summary: 'What its newest runs took, and which they are',
  request: { params: id, query: z.strictObject({ limit: numeral(1, 200).default(50) }) },
  responses: {
    200: json(z.object({ workflow: text, ...figures, past: z.array(past) }), 'The newest run first; replays are none'),
  },
});

/** What can be started by its name. */
export function addStartable(routes: Routes): void {
  routes.openapi(list, async (c) => c.json(await listWorkflows(c.get('session')), 200));
  routes.openapi(one, async (c) => {
    const { id: wanted } = c.req.valid('param');
    const { bounds } = c.get('session');
    const found = await workflowNamed(c.get('session'), wanted);
    if (!found) throw noWorkflow(wanted);
    const refusal = found.refusal && problemOf(found.refusal, { text: found.text, bounds });
    return c.json(plain({ ...found, refusal }), 200);
  });
  routes.openapi(history, async (c) => {
    const { id: wanted } = c.req.valid('param');
    const found = await historyOfWorkflow(c.get('session'), wanted, c.req.valid('query').limit);
    if (!found) throw noWorkflow(wanted);
    return c.json(found, 200);
  });
}

// The text goes along, so its own lines may be quoted.
function problemOf(
  error: GafferError,
  { text: sent, bounds }: { text: string; bounds: CallerBounds | undefined },
): Problem {
  const places = bounds ? [...bounds.folders, bounds.home] : [];
  return withoutPlaces(toProblem(error, sent)!, [...places, dirname(shippedTemplates())]);
}

function noWorkflow(wanted: string): ProblemError {
  const detail = `there is no template or workflow file "${wanted}" here.`;
  return new ProblemError(404, { code: 'no-workflow', detail });
}
