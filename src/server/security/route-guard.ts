import type { Context, MiddlewareHandler } from 'hono';
import { hasScope, type Scope } from '../../domain/access/scope.ts';
import { inTenant } from '../../domain/ids/tenant.ts';
import { parseKey } from '../../domain/access/key-format.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { DoneToRun, Principal, ServerEnv } from '../env.ts';
import { unknownCaller } from './authenticate.ts';
import { ProblemError, toProblem } from '../problem.ts';
import { requireSamePage } from './origins.ts';

/** What a route says of itself. */
export interface GuardedRoute {
  method: string;
  path: string;
  scope: Scope | 'open';
  /** Whether it changes something; left out: all but a GET does. */
  writes?: boolean | undefined;
  /** It answers with a stream, which a HEAD must not open: nobody would read it to its end. */
  streams: boolean;
}

/**
 * Stands before a route's own code, and before its input is looked at: asks for the scope, and writes down who changed what, or was kept
 * from it. What was acknowledged is in the audit: the row is written before the answer.
 */
export function guardRoute({ method, path, scope, streams, writes }: GuardedRoute): MiddlewareHandler<ServerEnv> {
  const isRead = writes === undefined ? ['get', 'head'].includes(method) : !writes;
  const action = `${method.toUpperCase()} ${path}`;
  return async (c, next) => {
    const asked = { action, params: c.req.param() };
    try {
      if (scope !== 'open') requireScope(c, scope);
      if (method === 'get' && writes && c.get('knownBy') === 'cookie') requireSamePage(c);
    } catch (error) {
      if (!isRead) await note(c, asked, error);
      throw error;
    }
    if (streams && c.req.method === 'HEAD')
      return c.body(null, 200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    await next();
    if (!isRead) await note(c, asked, c.error);
  };
}

/** @throws ProblemError when nobody is known, or the key is not allowed it */
export function requireScope(c: Context<ServerEnv>, scope: Scope): void {
  const principal: Principal | undefined = c.get('principal');
  if (!principal) throw unknownCaller();
  const { scopes } = principal;
  if (hasScope(scopes, scope)) return;
  throw new ProblemError(403, {
    code: 'scope',
    detail: `this needs a key with the scope ${scope}; this one has ${scopes.join(', ')}.`,
  });
}

/** What was asked for: by its route, and by what stood in its place. */
interface Asked {
  action: string;
  params: Readonly<Record<string, string>>;
}

async function note(c: Context<ServerEnv>, asked: Asked, error: unknown): Promise<void> {
  const who = await whoOf(c, error);
  if (!who) return;
  const each = c.get('each');
  if (each === undefined) return noteOne(c, asked, who, error);
  for (const one of each) await noteEach(c, asked, who, one);
}

/** Of what was done to many runs each has its own row: under the run that was started for it, as where one alone is asked for. */
async function noteEach(
  c: Context<ServerEnv>,
  { action }: Asked,
  { by, ...row }: Who,
  { runId, run, about, result }: DoneToRun,
): Promise<void> {
  const isNew = run !== null && run !== runId;
  await c.get('access').audit.add({
    ...{ ...row, action, runId: inTenant(row.tenant, shown(run ?? runId)), result },
    detail: {
      ...{ request: c.get('requestId'), by, about: bounded({ id: runId, ...about }) },
      ...(isNew && { started: true }),
    },
  });
}

async function noteOne(c: Context<ServerEnv>, { action, params }: Asked, who: Who, error: unknown): Promise<void> {
  const started = c.get('runId');
  const named = action.includes('/api/runs/{id}') ? shown(params['id'] ?? '') : undefined;
  const runOf = (id: string | undefined): string | null => (id === undefined ? null : inTenant(who.tenant, id));
  const [run, source] = [runOf(started ?? named), runOf(named)];
  // What is done anew in place goes on as what it is.
  const isNew = started !== undefined && run !== source;
  const about = bounded({ ...params, ...c.get('about') }) as JsonObject;
  const { by, ...row } = who;
  await c.get('access').audit.add({
    ...{ ...row, action, runId: run, result: resultOf(c, error) },
    detail: {
      ...{ request: c.get('requestId'), by },
      ...(Object.keys(about).length > 0 && { about }),
      ...(isNew && { started: true }),
    },
  });
}

interface Who {
  keyId: string | null;
  keyName: string;
  tenant: string;
  by: string;
}

/** Rows of one trigger's refused deliveries in a minute: strangers do not fill the audit. */
const refusedPerMinute = 6;

/** Who did it; undefined: it was nobody, or a stranger of whom enough is written down. */
async function whoOf(c: Context<ServerEnv>, error: unknown): Promise<Who | undefined> {
  const principal: Principal | undefined = c.get('principal');
  if (principal) {
    const { keyId, name: keyName, tenant } = principal;
    return { keyId, keyName, tenant, by: c.get('knownBy') };
  }
  const doer = c.get('doer');
  if (!doer) return undefined;
  const { name: keyName, tenant } = doer;
  if (error !== undefined && toProblem(error)?.status === 401) {
    const answer = await c.get('access').traffic.take(`audit/${tenant}/${keyName}`, refusedPerMinute);
    if (!answer.isAllowed) return undefined;
  }
  return { keyId: null, keyName, tenant, by: 'signature' };
}

/** What stood in a path or a body, of which anybody may make anything, as a database keeps it. */
function bounded(value: JsonValue): JsonValue {
  if (typeof value === 'string') return shown(value);
  if (Array.isArray(value)) return value.slice(0, 50).map(bounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bounded(each)]));
}

// Of a whole key only what may be shown.
function shown(value: string): string {
  return (parseKey(value)?.id ?? value).slice(0, 300).replaceAll('\0', '').toWellFormed();
}

function resultOf(c: Context<ServerEnv>, error: unknown): string {
  if (error === undefined) return c.res.status < 400 ? 'ok' : String(c.res.status);
  const { status = 500, code = 'unexpected' } = toProblem(error) ?? {};
  return `${status} ${code}`;
}
