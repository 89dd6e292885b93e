import { z } from '@hono/zod-openapi';
import { analyse } from '../../client/reading/analyse.ts';
import { agentNamed, agentsFor, templateNamed, templatesLike } from '../../client/reading/catalog.ts';
import type { StartOptions } from '../../client/start-options.ts';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import { ProblemError } from '../problem.ts';
import { body, json, route, type Routes } from '../route.ts';
import { flag, given, name, plain, words } from './parts.ts';
import { checkBody, inBody } from './start-body.ts';

const tags = ['catalog'];
const found = outputShapes['agents find'].element.partial({ score: true });
const [templateEntries, template] = outputShapes.templates.options;
const named = (what: string) => z.object({ [what]: name.openapi({ param: { name: what, in: 'path' } }) });

const agents = route({
  ...{ method: 'get', path: '/api/agents', scope: 'read', tags, summary: 'Agents that a workflow here can use' },
  request: {
    query: z.strictObject({
      need: words(10_000).optional().openapi({ description: 'What is needed, in words: the ten that meet it best' }),
      ...{ category: name.optional(), tag: name.optional() },
    }),
  },
  responses: { 200: json(z.object({ agents: z.array(found) }), "The project's own first, or the best first") },
});
const agent = route({
  ...{ method: 'get', path: '/api/agents/{name}', scope: 'read', tags, summary: 'One agent whole' },
  request: { params: named('name'), query: z.strictObject({ stats: flag.optional() }) },
  responses: { 200: json(outputShapes['agents show'], 'The agent; with `stats` what it did so far') },
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
    tags,
    summary: 'Checks a definition and says what it would do; starts nothing',
  },
  request: { body: body(checkBody) },
  responses: { 200: json(outputShapes.plan, 'The plan, what is doubtful about it, and an outlook') },
});

/** What runs can be made of. */
export function addCatalog(routes: Routes): void {
  routes.openapi(agents, async (c) => {
    return c.json({ agents: await agentsFor(c.get('session'), given(c.req.valid('query'))) }, 200);
  });
  routes.openapi(agent, async (c) => {
    const { name: wanted } = c.req.valid('param') as { name: string };
    const isWhole = c.req.valid('query').stats === 'true';
    const one = await agentNamed(c.get('session'), wanted, isWhole);
    if (!one) throw notThere('agent', wanted);
    return c.json(plain(one), 200);
  });
  routes.openapi(templates, async (c) => {
    return c.json({ templates: await templatesLike(c.get('session'), given(c.req.valid('query'))) }, 200);
  });
  routes.openapi(oneTemplate, async (c) => {
    const { id } = c.req.valid('param') as { id: string };
    const one = await templateNamed(c.get('session'), id);
    if (!one) throw notThere('template', id);
    return c.json(plain(one), 200);
  });
  routes.openapi(plan, async (c) => {
    const options = given(c.req.valid('json'));
    const told = await inBody(options, () => analyse(c.get('session'), options as StartOptions));
    return c.json(plain(told), 200);
  });
}

function notThere(what: string, wanted: string): ProblemError {
  return new ProblemError(404, { code: `no-${what}`, detail: `there is no ${what} "${wanted}" here.` });
}
