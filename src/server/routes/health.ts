import { z } from '@hono/zod-openapi';
import type { Readiness } from '../observe/readiness.ts';
import { json, route, type Routes } from '../route.ts';

const tags = ['service'];
const parts = z.enum(['database', 'migrations', 'temporal', 'worker']);
const ready = z.object({ status: z.literal('ready') });
const missing = z.object({
  status: z.literal('not-ready'),
  missing: z.array(z.object({ part: parts, detail: z.string() })),
});

const healthz = route({
  ...{ method: 'get', path: '/healthz', scope: 'open', tags, summary: 'Whether the process is alive' },
  responses: { 200: json(z.object({ status: z.literal('alive') }), 'It is') },
});
const readyz = route({
  ...{ method: 'get', path: '/readyz', scope: 'open', tags, summary: 'Whether runs can be started and are worked on' },
  responses: { 200: json(ready, 'They can'), 503: json(missing, 'They cannot: which parts are missing') },
});

/** Whether the service is alive, and whether it can do its work. Open to all: it says no address, no version and no name. */
export function addHealth(routes: Routes, check: () => Promise<Readiness['missing']>): void {
  routes.openapi(healthz, (c) => c.json({ status: 'alive' as const }, 200));
  routes.openapi(readyz, async (c) => {
    const found = await check();
    return found.length === 0
      ? c.json({ status: 'ready' as const }, 200)
      : c.json({ status: 'not-ready' as const, missing: found }, 503);
  });
}
