import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { readTraceParent } from '../../domain/tracing/trace-parent.ts';
import type { Log } from '../../host/log/log-lines.ts';
import type { Tracing } from '../../host/tracing/tracing.ts';
import type { ServerEnv } from '../env.ts';
import type { RequestCounts } from './request-counts.ts';

/*
 * Requests are told by their route as it was declared, with the id of their key and of themselves. Their path, query, headers and body are never
 * told, for they may hold anything.
 */

/** Who hears of requests; null: nobody logs, nobody collects spans. */
export interface RequestObservers {
  log: Log | null;
  tracing: Tracing | null;
}

/** Counts and logs each request, also those that are refused: stands before the guards. */
export function noteRequests(counts: RequestCounts, log: Log | null): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const from = performance.now();
    await next();
    const { status } = c.res;
    const [method, route, ms] = [methodOf(c), routeOf(c), performance.now() - from];
    counts.note({ method, route, status, seconds: ms / 1000 });
    log?.info('request', { method, route, status, ms: Math.round(ms * 10) / 10, ...idsOf(c) });
  };
}

/** Tells each request as a span below its caller's: stands behind the guards, so that no stranger fills the traces of others. */
export function traceRequests(tracing: Tracing): MiddlewareHandler<ServerEnv> {
  return (c, next) => {
    if (c.get('isOpen')) return next();
    const [method, route] = [methodOf(c), routeOf(c)];
    const attributes = { 'http.request.method': method, 'http.route': route };
    const work = () =>
      tracing.within({ name: `${method} ${route}`, kind: 'server', attributes }, async (span) => {
        await next();
        span.set({ 'http.response.status_code': c.res.status });
        if (c.res.status >= 500) span.fail(String(c.res.status));
      });
    return tracing.below(readTraceParent(c.req.header('traceparent'), c.req.header('tracestate')), work);
  };
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

// What no route took went through what stands before all of them, and behind: the pages' own.
function routeOf(c: Context): string {
  return matchedRoutes(c).findLast(({ path }) => !path.includes('*'))?.path ?? 'none';
}
