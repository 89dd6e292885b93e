import { z } from '@hono/zod-openapi';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import type { TriggerSource } from '../../definition/triggers/load-trigger.ts';
import { defaultTenant } from '../../domain/ids/tenant.ts';
import type { JsonObject } from '../../domain/json.ts';
import { ProblemError } from '../problem.ts';
import { body, json, route, type Routes } from '../route.ts';
import { inBody } from './start-body.ts';

const tags = ['triggers'];
const name = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\u0000]*$/, 'has a NUL character')
  .openapi({ param: { name: 'name', in: 'path' }, example: 'pull-request' });
const params = z.object({ name });
const secret = z.string().min(16).max(256).optional().openapi({ description: 'Default: a new one' });
const added = z
  .strictObject({
    trigger: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi({ description: 'What a trigger file says, as an object' }),
    text: z.string().min(1).max(100_000).optional().openapi({ description: 'A trigger file, as it is written' }),
    secret,
    replace: z.boolean().optional().openapi({ description: 'One of that name gets the new definition' }),
  })
  .openapi('NewTrigger', {
    example: {
      trigger: {
        ...{ name: 'pull-request', from: 'github', workflow: 'code-review', event: 'pull_request' },
        inputs: { prUrl: '${{ payload.pull_request.html_url }}' },
      },
    },
  });

const add = route({
  ...{ method: 'post', path: '/api/triggers', scope: 'admin', tags, summary: 'Has deliveries from outside start runs' },
  request: { body: body(added) },
  responses: { 201: json(outputShapes['triggers add'], 'The trigger, with its secret, which is shown here alone') },
});
const list = route({
  ...{ method: 'get', path: '/api/triggers', scope: 'read', tags, summary: 'Triggers, by name' },
  responses: { 200: json(z.object({ triggers: outputShapes['triggers list'] }), 'The triggers') },
});
const show = route({
  ...{ method: 'get', path: '/api/triggers/{name}', scope: 'read', tags, summary: 'A trigger, as it was checked' },
  request: { params },
  responses: { 200: json(outputShapes['triggers show'], 'The trigger') },
});
const change = route({
  ...{
    method: 'patch',
    path: '/api/triggers/{name}',
    scope: 'admin',
    tags,
    summary: 'Starts nothing, or something again',
  },
  request: { params, body: body(z.strictObject({ active: z.boolean() })) },
  responses: { 200: json(outputShapes['triggers show'], 'The trigger') },
});
const remove = route({
  ...{ method: 'delete', path: '/api/triggers/{name}', scope: 'admin', tags, summary: 'Removes it; its runs stay' },
  request: { params },
  responses: { 204: { description: 'It is removed' } },
});
const rotate = route({
  ...{ method: 'post', path: '/api/triggers/{name}/rotate', scope: 'admin', tags, summary: 'Asks for a new secret' },
  description: 'The one before it holds beside it for a day.',
  request: { params, body: { ...body(z.strictObject({ secret })), required: false } },
  responses: {
    200: json(outputShapes['triggers rotate'], 'The trigger, with its new secret, which is shown here alone'),
  },
});
const accept = route({
  ...{ method: 'post', path: '/hooks/{name}', scope: 'open', tags, summary: 'Takes a signed delivery' },
  description:
    'No key: the signature is it, as the trigger says. The name has its tenant before it where that is not `default`: `acme@pull-request`. The body is a JSON object.',
  request: { params },
  responses: {
    202: json(
      z.object({ run: z.string().nullable(), why: z.string().optional() }),
      'The run that it started, or had started before; null: it starts none, and why',
    ),
  },
});

/** What starts runs when something outside happens. */
export function addTriggers(routes: Routes): void {
  routes.openapi(add, async (c) => {
    const { triggers } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    const { replace, secret: given, ...written } = c.req.valid('json');
    const wanted = { source: toSource(written), secret: given, replaces: replace };
    const made = await inBody(written, () => triggers.add(wanted));
    c.set('about', { name: made.name, replaces: replace === true });
    return c.json(made, 201);
  });
  routes.openapi(list, async (c) => {
    const { triggers } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    return c.json({ triggers: await triggers.list() }, 200);
  });
  routes.openapi(show, async (c) => {
    const { triggers } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    return c.json(await triggers.show(c.req.valid('param').name), 200);
  });
  routes.openapi(change, async (c) => {
    const { triggers } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    const { active } = c.req.valid('json');
    c.set('about', { active });
    return c.json(await triggers.setActive(c.req.valid('param').name, active), 200);
  });
  routes.openapi(remove, async (c) => {
    const { triggers } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    await triggers.remove(c.req.valid('param').name);
    return c.body(null, 204);
  });
  routes.openapi(rotate, async (c) => {
    const { triggers } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    const given = c.req.valid('json') as { secret?: string } | undefined;
    return c.json(await triggers.rotate(c.req.valid('param').name, given?.secret), 200);
  });
  addAccept(routes);
}

function addAccept(routes: Routes): void {
  routes.openapi(accept, async (c) => {
    const raw = {
      header: (key: string) => c.req.header(key),
      body: Buffer.from(await c.req.arrayBuffer()),
      at: Date.now(),
    };
    const isFor = (trigger: { tenant: string; name: string } | undefined): void =>
      c.set('doer', trigger ? { tenant: trigger.tenant, name: `trigger:${trigger.name}` } : noTrigger);
    const accepted = await c.get('hooks').accept(c.req.valid('param').name, { raw, isFor });
    if (accepted.run !== null) c.set('runId', accepted.run);
    return c.json(accepted, 202);
  });
}

/** To whom a delivery is put down that is for no trigger: as one that is refused, so that both take as long. */
const noTrigger = { tenant: defaultTenant, name: 'trigger:' };

function toSource({
  trigger,
  text,
}: {
  trigger?: Record<string, unknown> | undefined;
  text?: string | undefined;
}): TriggerSource {
  if (trigger !== undefined && text === undefined) return { value: trigger as JsonObject };
  if (text !== undefined && trigger === undefined) return { text, file: 'trigger.yaml' };
  throw new ProblemError(422, { code: 'invalid', detail: 'give one of `trigger` and `text`.' });
}
