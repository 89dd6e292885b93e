import type { Context, MiddlewareHandler } from 'hono';
import { hasScope, type Scope } from '../../domain/access/scope.ts';
import { inTenant } from '../../domain/ids/tenant.ts';
import type { Principal, ServerEnv } from '../env.ts';
import { ProblemError, toProblem } from '../problem.ts';
import { requireSamePage } from './origins.ts';

/** What a route says of itself. */
export interface GuardedRoute {
  method: string;
  path: string;
  scope: Scope | 'open';
  /** A GET that changes something all the same. */
  writes?: boolean | undefined;
  /** It answers with a stream, which a HEAD must not open: nobody would read it to its end. */
  streams: boolean;
}

/**
 * Stands before a route's own code, and before its input is looked at: asks for the scope, and writes down who changed what, or was kept
 * from it. What was acknowledged is in the audit: the row is written before the answer.
 */
export function guardRoute({
  method,
  path,
  scope,
  streams,
  writes = false,
}: GuardedRoute): MiddlewareHandler<ServerEnv> {
  const isRead = ['get', 'head'].includes(method) && !writes;
  const action = `${method.toUpperCase()} ${path}`;
  return async (c, next) => {
    try {
      if (scope !== 'open') requireScope(c, scope);
      if (method === 'get' && writes && c.get('knownBy') === 'cookie') requireSamePage(c);
    } catch (error) {
      if (!isRead) await note(c, action, error);
      throw error;
    }
    if (streams && c.req.method === 'HEAD')
      return c.body(null, 200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    await next();
    if (!isRead) await note(c, action, c.error);
  };
}

/** @throws ProblemError when the key is not allowed it */
export function requireScope(c: Context<ServerEnv>, scope: Scope): void {
  const { scopes } = c.get('principal');
  if (hasScope(scopes, scope)) return;
  throw new ProblemError(403, {
    code: 'scope',
    detail: `this needs a key with the scope ${scope}; this one has ${scopes.join(', ')}.`,
  });
}

async function note(c: Context<ServerEnv>, action: string, error: unknown): Promise<void> {
  const principal = c.get('principal') as Principal | undefined;
  // An open route says by itself who it was, or that it was nobody.
  if (!principal) return;
  const { keyId, name: keyName, tenant } = principal;
  const started = c.get('runId');
  const run = started ?? (action.includes('/api/runs/{id}') ? c.req.param('id') : undefined);
  await c.get('session').store.audit.add({
    ...{ keyId, keyName, tenant, action, runId: run === undefined ? null : inTenant(tenant, run) },
    result: resultOf(c, error),
    detail: { request: c.get('requestId'), by: c.get('knownBy'), ...(started !== undefined && { started: true }) },
  });
}

function resultOf(c: Context<ServerEnv>, error: unknown): string {
  if (error === undefined) return c.res.status < 400 ? 'ok' : String(c.res.status);
  const { status = 500, code = 'unexpected' } = toProblem(error) ?? {};
  return `${status} ${code}`;
}
