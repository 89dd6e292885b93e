import { z } from '@hono/zod-openapi';
import type { ScheduleOptions } from '../../client/schedules/schedules.ts';
import { outputShapes } from '../../definition/schema/output-schema.ts';
import { body, json, optionalBody, route, type Routes } from '../route.ts';
import { given, name, words } from './parts.ts';
import { inBody, labels, priority, settings, sources } from './start-body.ts';

const tags = ['schedules'];
const entry = outputShapes['schedule show'];
const params = z.object({ name: name.openapi({ param: { name: 'name', in: 'path' }, example: 'nightly' }) });
const note = optionalBody(z.strictObject({ note: words(1000, 0).optional() }));

const list = route({
  ...{ method: 'get', path: '/api/schedules', scope: 'read', tags, summary: 'What starts runs by itself' },
  responses: { 200: json(z.object({ schedules: outputShapes['schedule list'] }), 'By name') },
});
const add = route({
  ...{
    method: 'post',
    path: '/api/schedules',
    scope: 'run',
    tags,
    summary: 'Checks what is to run, and adds a schedule of it',
  },
  request: {
    body: body(
      z
        .strictObject({
          ...{ name: words(70), cron: words(200), timeZone: words(100).optional() },
          ...{ overlap: entry.shape.overlap.optional(), catchUpMs: z.int().nonnegative().optional() },
          ...{ jitterMs: z.int().nonnegative().optional(), paused: z.boolean().optional() },
          ...{ ...sources, ...settings, priority: priority.optional(), labels },
        })
        .openapi('NewSchedule', {
          example: { name: 'nightly', cron: '0 3 * * *', timeZone: 'Europe/Berlin', file: 'code-review' },
        }),
    ),
  },
  responses: { 201: json(entry, 'The schedule as it stands') },
});
const show = route({
  ...{ method: 'get', path: '/api/schedules/{name}', scope: 'read', tags, summary: 'A schedule as it stands' },
  request: { params },
  responses: { 200: json(entry, 'The schedule') },
});
const remove = route({
  ...{
    method: 'delete',
    path: '/api/schedules/{name}',
    scope: 'run',
    tags,
    summary: 'Removes a schedule; its runs stay',
  },
  request: { params },
  responses: { 200: json(outputShapes['schedule rm'], 'What was removed') },
});
const pause = route({
  ...{
    method: 'post',
    path: '/api/schedules/{name}/pause',
    scope: 'run',
    tags,
    summary: 'No more runs start by themselves',
  },
  request: { params, body: note },
  responses: { 200: json(entry, 'The schedule as it stands') },
});
const resume = route({
  ...{
    method: 'post',
    path: '/api/schedules/{name}/resume',
    scope: 'run',
    tags,
    summary: 'Runs start by themselves again',
  },
  request: { params, body: note },
  responses: { 200: json(entry, 'The schedule as it stands') },
});
const trigger = route({
  ...{
    method: 'post',
    path: '/api/schedules/{name}/trigger',
    scope: 'run',
    tags,
    summary: 'Starts a run now, whatever goes on beside it',
  },
  request: { params },
  responses: { 201: json(z.object({ schedule: z.string(), runId: z.string() }), 'The run that it started') },
});

/** What starts runs by itself. */
export function addSchedules(routes: Routes): void {
  routes.openapi(list, async (c) => c.json({ schedules: await c.get('runs').schedules.list() }, 200));
  routes.openapi(add, async (c) => {
    const options = given(c.req.valid('json')) as ScheduleOptions;
    c.set('about', { name: options.name });
    const made = await inBody({ ...options }, () => c.get('runs').schedules.add(options));
    return c.json(made, 201, { Location: `/api/schedules/${encodeURIComponent(made.name)}` });
  });
  routes.openapi(show, async (c) => c.json(await c.get('runs').schedules.find(c.req.valid('param').name), 200));
  routes.openapi(remove, async (c) => {
    const { name: named } = c.req.valid('param');
    await c.get('runs').schedules.remove(named);
    return c.json({ removed: named }, 200);
  });
  routes.openapi(pause, async (c) => {
    const { schedules } = c.get('runs');
    const { name: named } = c.req.valid('param');
    await schedules.pause(named, c.req.valid('json').note);
    return c.json(await schedules.find(named), 200);
  });
  routes.openapi(resume, async (c) => {
    const { schedules } = c.get('runs');
    const { name: named } = c.req.valid('param');
    await schedules.resume(named, c.req.valid('json').note);
    return c.json(await schedules.find(named), 200);
  });
  routes.openapi(trigger, async (c) => {
    const { name: named } = c.req.valid('param');
    const runId = await c.get('runs').schedules.trigger(named);
    c.set('runId', runId);
    return c.json({ schedule: named, runId }, 201, { Location: `/api/runs/${encodeURIComponent(runId)}` });
  });
}
