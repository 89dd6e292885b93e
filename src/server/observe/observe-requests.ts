import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { noSpans } from '../../domain/tracing/spans.ts';
import { readTraceParent } from '../../domain/tracing/trace-parent.ts';
import type { Log } from '../../host/log/log-lines.ts';
import type { Tracing } from '../../host/tracing/tracing.ts';
import type { ServerEnv } from '../env.ts';
import type { RequestCounts } from './request-counts.ts';

/** Who hears of requests; null: nobody logs, nobody collects spans. */
export interface RequestObservers {
  counts: RequestCounts;
  log: Log | null;
  tracing: Tracing | null;
}

/**
 * Counts, logs and traces each request: by its route as it was declared, with the id of its key and of itself. Its path, query, headers and
 * body are never told, for they may hold anything.
 */
export function observeRequests({ counts, log, tracing }: RequestObservers): MiddlewareHandler<ServerEnv> {
  return (c, next) => {
    const parent = readTraceParent(c.req.header('traceparent'), c.req.header('tracestate'));
    const handled = (): Promise<void> => within(c, { counts, log, tracing }, next);
    return tracing ? tracing.below(parent, handled) : handled();
  };
}

async function within(
  c: Context<ServerEnv>,
  { counts, log, tracing }: RequestObservers,
  next: () => Promise<void>,
): Promise<void> {
  const method = methodOf(c);
  const from = performance.now();
  await (tracing ?? noSpans).within({ name: method, kind: 'server' }, async (span) => {
    await next();
    const [route, { status }] = [routeOf(c), c.res];
    const ms = performance.now() - from;
    counts.note({ method, route, status, seconds: ms / 1000 });
    span.rename(`${method} ${route}`);
    span.set({ 'http.request.method': method, 'http.route': route, 'http.response.status_code': status });
    if (status >= 500) span.fail(String(status));
    log?.info('request', { method, route, status, ms: Math.round(ms * 10) / 10, ...idsOf(c) });
  });
}

function idsOf(c: Context<ServerEnv>) {
  const principal = c.get('principal') as ServerEnv['Variables']['principal'] | undefined;
  const isOfRun = routeOf(c).startsWith('/api/runs/:id');
  return {
    requestId: c.get('requestId'),
    ...(principal && { keyId: principal.keyId, tenant: principal.tenant }),
    // An id that nobody can have is a stranger's words.
    ...(isOfRun && c.res.status < 400 && { run: c.req.param('id') }),
  };
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function methodOf({ req }: Context): string {
  return methods.has(req.method) ? req.method : 'OTHER';
}

// What no route took went through what stands before all of them.
function routeOf(c: Context): string {
  const path = routePath(c, -1);
  return path.includes('*') ? 'none' : path;
}
