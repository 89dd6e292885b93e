import { basename, isAbsolute } from 'node:path';
import { z } from '@hono/zod-openapi';
import { analyse } from '../../../client/reading/analyse.ts';
import {
  agentNamed,
  agentsFor,
  agentTotals,
  templateNamed,
  templatesLike,
  useOfAgent,
} from '../../../client/reading/catalog.ts';
import type { Session } from '../../../client/connection/session.ts';
import type { StartOptions } from '../../../client/start-options.ts';
import { outputShapes } from '../../../definition/schema/output-schema.ts';
import { ProblemError, withoutFolders } from '../../problem.ts';
import { body, json, route, type Routes } from '../../route.ts';
import { flag, given, name, plain, words } from '../parts.ts';
import { checkBody, inBody } from '../start-body.ts';

const tags = ['catalog'];
const count = z.int().min(0);
const totals = z.object({ runs: count, tasks: count, succeeded: count, costUsd: z.number() });
const found = outputShapes['agents find'].element.partial({ score: true });
const [templateEntries, template] = outputShapes.templates.options;
const named = (what: string) => z.object({ [what]: name.openapi({ param: { name: what, in: 'path' } }) });

const agents = route({
  ...{ method: 'get', path: '/api/agents', scope: 'read', tags, summary: 'Agents that a workflow here can use' },
  request: {
    query: z.strictObject({
      need: words(10_000).optional().openapi({ description: 'What is needed, in words: the ten that meet it best' }),
      ...{ category: name.optional(), tag: name.optional(), stats: flag.optional() },
    }),
  },
  responses: {
    200: json(
      z.object({ agents: z.array(found.extend({ did: totals.optional() })) }),
      "The project's own first, or the best first; with `stats` what each did in the newest runs",
    ),
  },
});
const agent = route({
  ...{ method: 'get', path: '/api/agents/{name}', scope: 'read', tags, summary: 'One agent whole' },
  request: { params: named('name'), query: z.strictObject({ stats: flag.optional() }) },
  responses: { 200: json(outputShapes['agents show'], 'The agent; with `stats` what it did so far') },
});
const use = route({
  ...{ method: 'get', path: '/api/agents/{name}/use', scope: 'read', tags },
  summary: 'What an agent did in the newest 500 runs, by model, and the newest of them',
  request: { params: named('name') },
  responses: {
    200: json(
      z.object({
        models: z.array(totals.extend({ agent: z.string(), model: z.string(), meanDurationMs: z.number() })),
        runs: z.array(
          z.object({
            ...{ runId: z.string(), workflow: z.string(), status: z.string(), startedAt: z.string() },
            ...{ tasks: count, failed: count, costUsd: z.number() },
          }),
        ),
      }),
      'Also of an agent that is not there any more',
    ),
  },
});
const templates = route({
  ...{ method: 'get', path: '/api/templates', scope: 'read', tags, summary: 'What can be run by name here' },
  request: { query: z.strictObject({ category: name.optional(), tag: name.optional() }) },
  responses: { 200: json(z.object({ templates: templateEntries }), 'By name') },
});
const oneTemplate = route({
  ...{
    method: 'get',
    path: '/api/templates/{id}',
    scope: 'read',
    tags,
    summary: 'One template, with its parameters and tasks',
  },
  request: { params: named('id') },
  responses: { 200: json(template, 'The template') },
});
const plan = route({
  ...{
    method: 'post',
    path: '/api/plan',
    scope: 'read',
    writes: false,
    tags,
    summary: 'Checks a definition and says what it would do; starts nothing',
  },
  request: { body: body(checkBody) },
  responses: { 200: json(outputShapes.plan, 'The plan, what is doubtful about it, and an outlook') },
});

/** What runs can be made of. */
export function addCatalog(routes: Routes): void {
  routes.openapi(agents, async (c) => {
    const { stats, ...wanted } = given(c.req.valid('query'));
    const [agents, did] = await Promise.all([
      agentsFor(c.get('session'), wanted),
      stats === 'true' ? agentTotals(c.get('session')) : null,
    ]);
    return c.json({ agents: agents.map((each) => ({ ...each, ...didOf(did, each.name) })) }, 200);
  });
  routes.openapi(use, async (c) => {
    const { name: wanted } = c.req.valid('param') as { name: string };
    return c.json(await useOfAgent(c.get('session'), wanted), 200);
  });
  routes.openapi(agent, async (c) => {
    const { name: wanted } = c.req.valid('param') as { name: string };
    const isWhole = c.req.valid('query').stats === 'true';
    const one = await agentNamed(c.get('session'), wanted, isWhole);
    if (!one) throw notThere('agent', wanted);
    return c.json(plain({ ...one, file: fileFor(c.get('session'), one.file) }), 200);
  });
  routes.openapi(templates, async (c) => {
    return c.json({ templates: await templatesLike(c.get('session'), given(c.req.valid('query'))) }, 200);
  });
  routes.openapi(oneTemplate, async (c) => {
    const { id } = c.req.valid('param') as { id: string };
    const one = await templateNamed(c.get('session'), id);
    if (!one) throw notThere('template', id);
    return c.json(plain({ ...one, file: fileFor(c.get('session'), one.file) }), 200);
  });
  routes.openapi(plan, async (c) => {
    const options = given(c.req.valid('json'));
    const told = await inBody(options, () => analyse(c.get('session'), options as StartOptions));
    return c.json(plain(told), 200);
  });
}

/** Where a file lies in the service's folders; of any other, only its name. */
function fileFor({ bounds }: Session, file: string): string {
  const told = withoutFolders(file, bounds ? [...bounds.folders, bounds.home] : []);
  return isAbsolute(told) ? basename(told) : told;
}

function didOf(did: Awaited<ReturnType<typeof agentTotals>> | null, agent: string) {
  return did && { did: did.get(agent) ?? { runs: 0, tasks: 0, succeeded: 0, costUsd: 0 } };
}

function notThere(what: string, wanted: string): ProblemError {
  return new ProblemError(404, { code: `no-${what}`, detail: `there is no ${what} "${wanted}" here.` });
}
