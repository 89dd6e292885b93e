import type { MiddlewareHandler } from 'hono';
import type { ServerEnv } from '../env.ts';
import { ProblemError } from '../problem.ts';

/** No database keeps a NUL, so nothing is called so: one guard for the paths and queries of all routes. */
export const refuseUnkeepable: MiddlewareHandler<ServerEnv> = (c, next) => {
  const { pathname, search } = new URL(c.req.url);
  if (/%00/.test(pathname)) throw new ProblemError(404, { code: 'no-route', detail: 'no path has a NUL character.' });
  if (!/%00/.test(search)) return next();
  throw new ProblemError(422, { code: 'invalid', detail: 'the query has a NUL character.' });
};
