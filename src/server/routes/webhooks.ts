import { z } from '@hono/zod-openapi';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import { webhookEvents } from '../../domain/hooks/webhook-events.ts';
import { body, json, route, type Routes } from '../route.ts';

const tags = ['webhooks'];
const text = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\u0000]*$/, 'has a NUL character');
const params = z.object({ id: text.openapi({ param: { name: 'id', in: 'path' }, example: 'wh_4bYQ' }) });
const ofDelivery = params.extend({ delivery: text.openapi({ param: { name: 'delivery', in: 'path' } }) });
const added = z
  .strictObject({
    url: z.string().min(1).max(2000).openapi({ example: 'https://ci.example/gaffer' }),
    events: z
      .array(z.enum(webhookEvents))
      .min(1)
      .max(webhookEvents.length)
      .optional()
      .openapi({ description: "Default: a run's end, approval:requested, blocker:raised and budget:exceeded" }),
  })
  .openapi('NewWebhook');
const changed = z.strictObject({ active: z.boolean() });

const add = route({
  ...{
    method: 'post',
    path: '/api/webhooks',
    scope: 'admin',
    tags,
    summary: 'Has events of runs posted to an address',
  },
  request: { body: body(added) },
  responses: { 201: json(outputShapes['webhooks add'], 'The webhook, with its secret, which is shown here alone') },
});
const list = route({
  ...{ method: 'get', path: '/api/webhooks', scope: 'read', tags, summary: 'Webhooks, newest first' },
  request: {
    query: z.strictObject({
      run: text.optional().openapi({ description: 'The callbacks of this run instead' }),
    }),
  },
  responses: { 200: json(z.object({ webhooks: outputShapes['webhooks list'] }), 'The webhooks') },
});
const show = route({
  ...{
    method: 'get',
    path: '/api/webhooks/{id}',
    scope: 'read',
    tags,
    summary: 'A webhook, and how much waits for it',
  },
  request: { params },
  responses: { 200: json(outputShapes['webhooks show'], 'The webhook') },
});
const change = route({
  ...{
    method: 'patch',
    path: '/api/webhooks/{id}',
    scope: 'admin',
    tags,
    summary: 'Tells it nothing, or something again',
  },
  request: { params, body: body(changed) },
  responses: { 200: json(outputShapes['webhooks show'], 'The webhook') },
});
const remove = route({
  ...{
    method: 'delete',
    path: '/api/webhooks/{id}',
    scope: 'admin',
    tags,
    summary: 'Removes it, and what waits for it',
  },
  request: { params },
  responses: { 204: { description: 'It is removed' } },
});
const rotate = route({
  ...{ method: 'post', path: '/api/webhooks/{id}/rotate', scope: 'admin', tags, summary: 'Signs with a new secret' },
  description: 'The one before it signs beside it for a day.',
  request: { params },
  responses: {
    200: json(outputShapes['webhooks rotate'], 'The webhook, with its new secret, which is shown here alone'),
  },
});
const deliveries = route({
  ...{
    method: 'get',
    path: '/api/webhooks/{id}/deliveries',
    scope: 'read',
    tags,
    summary: 'What was sent, newest first',
  },
  request: {
    params,
    query: z.strictObject({
      state: z.enum(['pending', 'delivered', 'dead']).optional(),
      limit: z.coerce.number().int().min(1).max(200).optional().openapi({ description: 'Default: 50' }),
      cursor: text.optional(),
    }),
  },
  responses: {
    200: json(
      z.object({ deliveries: outputShapes['webhooks deliveries'], next: z.string().nullable() }),
      'One page; `next` is the cursor of the one behind it',
    ),
  },
});
const redeliverAll = route({
  ...{
    method: 'post',
    path: '/api/webhooks/{id}/redeliver',
    scope: 'admin',
    tags,
    summary: 'Sends again all that is dead',
  },
  request: { params },
  responses: { 202: json(outputShapes['webhooks redeliver'], 'How many are sent again') },
});
const redeliver = route({
  ...{ method: 'post', path: '/api/webhooks/{id}/deliveries/{delivery}/redeliver', scope: 'admin', tags },
  summary: 'Sends one again that has ended, with the same id',
  request: { params: ofDelivery },
  responses: { 202: json(outputShapes['webhooks redeliver'], 'It is sent again') },
});

/** Who is told of what runs do. */
export function addWebhooks(routes: Routes): void {
  routes.openapi(add, async (c) => {
    const { webhooks } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    const made = await webhooks.add(c.req.valid('json'));
    c.set('about', { id: made.id });
    return c.json(made, 201);
  });
  routes.openapi(list, async (c) => {
    const { webhooks } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    return c.json({ webhooks: await webhooks.list(c.req.valid('query').run) }, 200);
  });
  routes.openapi(show, async (c) => {
    const { webhooks } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    return c.json(await webhooks.show(c.req.valid('param').id), 200);
  });
  routes.openapi(change, async (c) => {
    const { webhooks } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    const { active } = c.req.valid('json');
    c.set('about', { active });
    return c.json(await webhooks.setActive(c.req.valid('param').id, active), 200);
  });
  routes.openapi(remove, async (c) => {
    const { webhooks } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    await webhooks.remove(c.req.valid('param').id);
    return c.body(null, 204);
  });
  routes.openapi(rotate, async (c) => {
    const { webhooks } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    return c.json(await webhooks.rotate(c.req.valid('param').id), 200);
  });
  addDeliveries(routes);
}

function addDeliveries(routes: Routes): void {
  routes.openapi(deliveries, async (c) => {
    const { webhooks } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    const { limit = 50, cursor, state } = c.req.valid('query');
    const page = await webhooks.deliveries(c.req.valid('param').id, { limit, state, after: cursor });
    return c.json({ deliveries: page, next: page.length < limit ? null : page.at(-1)!.id }, 200);
  });
  routes.openapi(redeliverAll, async (c) => {
    const { webhooks } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    const { id } = c.req.valid('param');
    return c.json({ webhook: id, redelivered: await webhooks.redeliver(id) }, 202);
  });
  routes.openapi(redeliver, async (c) => {
    const { webhooks } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
    const { id, delivery } = c.req.valid('param');
    return c.json({ webhook: id, redelivered: await webhooks.redeliver(id, delivery) }, 202);
  });
}
