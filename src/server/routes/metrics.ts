import { z } from '@hono/zod-openapi';
import { hasScope } from '../../domain/access/scope.ts';
import { defaultTenant } from '../../domain/ids/tenant.ts';
import { expositionType, toExposition } from '../observe/exposition.ts';
import type { ReadMetrics } from '../observe/metrics.ts';
import { route, type Routes } from '../route.ts';

const metrics = route({
  ...{ method: 'get', path: '/metrics', scope: 'read', tags: ['service'], summary: 'Numbers for Prometheus' },
  responses: {
    200: {
      description: "The tenant's own; those of the whole installation with `admin` of `default`",
      content: { 'text/plain': { schema: z.string() } },
    },
  },
});

/** What Prometheus reads. */
export function addMetrics(routes: Routes, read: ReadMetrics): void {
  routes.openapi(metrics, async (c) => {
    const { tenant, scopes } = c.get('principal');
    const isOperator = tenant === defaultTenant && hasScope(scopes, 'admin');
    return c.text(toExposition(await read(isOperator ? null : tenant)), 200, {
      'Content-Type': expositionType,
    });
  });
}
