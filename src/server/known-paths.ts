import type { MiddlewareHandler } from 'hono';
import { etag } from 'hono/etag';
import { ProblemError } from './problem.ts';
import type { Routes } from './route.ts';
import { toPattern } from './security/open-routes.ts';

/** What is said where no route is: with which methods there is one at that path, or that there is none. */
export function noRoute(app: Routes, { method, path }: { method: string; path: string }): ProblemError {
  const known = app.openAPIRegistry.definitions.flatMap((each) =>
    each.type === 'route' && toPattern(each.route.path).test(path) ? [each.route.method.toUpperCase()] : [],
  );
  const allowed = [...new Set(known.flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each])))];
  if (allowed.length === 0) {
    const detail = `there is no ${method} ${path}: /openapi.json lists what there is.`;
    return new ProblemError(404, { code: 'no-route', detail });
  }
  const detail = `there is no ${method} of ${path}, but ${allowed.join(', ')}.`;
  return new ProblemError(405, { code: 'no-method', detail, headers: { Allow: allowed.join(', ') } });
}

/** What is asked for again and again, and changes seldom. */
export const taggedPaths = [
  ...['/api/overview', '/api/runs', '/api/run-counts'],
  ...['/api/runs/:id', '/api/runs/:id/graph', '/api/runs/:id/spans'],
  ...['/api/issues/:board/:number', '/api/schedules/:name'],
];

const tag = etag({ weak: true });

/** Gives what is read a weak ETag, unless its route gave it one, and answers 304 to whoever has it already. */
export const tagged: MiddlewareHandler = (c, next) =>
  c.req.method === 'GET' || c.req.method === 'HEAD' ? tag(c, next) : next();
