import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import { hasScope } from '../domain/access/scope.ts';
import type { Session } from '../client/connection/session.ts';
import { createRuns } from '../client/create-runs.ts';
import { forTenant } from '../client/connection/tenant-session.ts';
import { defaultTenant } from '../domain/ids/tenant.ts';
import { shippedTemplates } from '../definition/templates/shipped-templates.ts';
import { packageVersion } from '../host/package/version.ts';
import type { Closing, Principal, ServerEnv } from './env.ts';
import type { WrongField } from '../contracts/problem.ts';
import { answerProblem, ProblemError, toProblem, withoutPlaces } from './problem.ts';
import { noRoute, tagged, taggedPaths } from './known-paths.ts';
import { answerBeforeEnd, newClosing } from './closing.ts';
import { createIdempotency } from './once/idempotency.ts';
import { addAccess } from './routes/access.ts';
import { addCatalog } from './routes/catalog/catalog.ts';
import { observedParts, type ObservedParts } from './observe/observed-parts.ts';
import { noteRequests, traceRequests, type RequestObservers } from './observe/observe-requests.ts';
import { RequestCounts } from './observe/request-counts.ts';
import { addControl } from './routes/control.ts';
import { addDocuments } from './routes/documents.ts';
import { addDrafts } from './routes/drafts.ts';
import { addIssues } from './routes/issues.ts';
import { addLists } from './routes/lists/lists.ts';
import { addOverview } from './routes/lists/overview.ts';
import { addComparing } from './routes/from-runs/comparing.ts';
import { addBranches } from './routes/from-runs/branches.ts';
import { addLineage } from './routes/from-runs/lineage.ts';
import { addHealth } from './routes/health.ts';
import { addOperate } from './routes/operate.ts';
import { addMetrics } from './routes/metrics.ts';
import { addPreviews } from './routes/from-runs/previews.ts';
import { addPeople } from './routes/people.ts';
import { addPage, findPage } from './routes/page.ts';
import { addPictures } from './routes/pictures.ts';
import { addReading } from './routes/reading.ts';
import { addEvents } from './routes/events.ts';
import { addRunFigures } from './routes/run-figures.ts';
import { addRuns } from './routes/runs.ts';
import { addStartable } from './routes/catalog/startable.ts';
import { addSession } from './routes/session.ts';
import { addSchedules } from './routes/schedules.ts';
import { addTask } from './routes/task.ts';
import { addTriggers } from './routes/triggers.ts';
import { addWebhooks } from './routes/webhooks.ts';
import { addWorkflows } from './routes/workflows.ts';
import type { Routes } from './route.ts';
import { Streams } from './sse/streams.ts';
import { changesNothing, isOpen, routesThat } from './security/open-routes.ts';
import { refuseUnkeepable } from './security/refuse-unkeepable.ts';
import { createHookAccess, type HookReach } from './triggers/hook-access.ts';

/** What the service stands on. */
export interface ServerDeps {
  session: Session;
  /** Told of errors that nobody expected, with the id that the answer carries. */
  logError: (error: unknown, requestId: string) => void;
  /** Asked in this order before any route: they refuse by a {@link ProblemError}, and say who asks. */
  guards: readonly MiddlewareHandler<ServerEnv>[];
  /** The streams of this process, for whoever ends them; left out: nobody does. */
  streams?: Streams;
  /** How far webhooks and triggers reach; left out: to what is public, and to the session's own folder. */
  reach?: HookReach;
  /** How it ends; left out: with its process. */
  closing?: Closing;
  /** Hears of each request; left out: nobody does. */
  observers?: RequestObservers;
}

/** The service without a socket: `app.request()` asks it. */
export function createApp({ session, logError, guards, observers = unobserved, ...deps }: ServerDeps): Routes {
  const counts = new RequestCounts();
  const streams = deps.streams ?? new Streams({ store: session.store, logError });
  const { reach = { way: { allow: [] }, within: [session.cwd] }, closing = newClosing().signals } = deps;
  const hooks = createHookAccess(session, reach, (tenant) => createRuns(forTenant(session, tenant)));
  const app = new OpenAPIHono<ServerEnv>({ defaultHook: refuseInvalid });
  const needsNoKey = routesThat(app, isOpen);
  const keepsNothing = routesThat(app, changesNothing);
  app.use(async (c, next) => {
    c.set('requestId', randomUUID());
    c.set('isOpen', needsNoKey(c.req.method, c.req.path) || findPage(c) !== undefined);
    c.header('X-Request-Id', c.get('requestId'));
    await next();
  });
  app.use(noteRequests(counts, observers.log));
  for (const guard of [...guards, ...tracesOf(observers)]) app.use(guard);
  for (const each of [refuseUnkeepable, answerBeforeEnd(closing)]) app.use(each);
  app.use(createIdempotency(session.store, (path) => seesToItself(path) || keepsNothing('POST', path)));
  app.use((c, next) => {
    c.set('streams', streams);
    c.set('hooks', hooks);
    c.set('access', session.store);
    c.set('closing', closing);
    return next();
  });
  app.use(reachOwn(session, reach.within));
  for (const path of taggedPaths) app.use(path, tagged);
  addRoutes(app, observedParts(session, counts));
  let document: object | undefined;
  app.get('/openapi.json', (c) => c.json((document ??= openApiDocument())));
  addPage(app);
  app.notFound((c) => {
    throw noRoute(app, { method: c.req.method, path: c.req.path });
  });
  const places = [...reach.within, session.home, dirname(shippedTemplates())];
  app.onError((error, c) => toAnswer(c, error, { logError, places }));
  return app;
}

const unobserved: RequestObservers = { log: null, tracing: null };

function tracesOf({ tracing }: RequestObservers): MiddlewareHandler<ServerEnv>[] {
  return tracing ? [traceRequests(tracing)] : [];
}

/** Gives whoever is known its tenant's runs. Nobody has any. */
function reachOwn(session: Session, folders: readonly string[]): MiddlewareHandler<ServerEnv> {
  return (c, next) => {
    const principal: Principal | undefined = c.get('principal');
    if (!principal) return next();
    const own = sessionOf(principal, session, folders);
    const once = c.get('once');
    const asked = once ? { ...own, once } : own;
    c.set('session', asked);
    c.set('runs', createRuns(asked));
    return next();
  };
}

/** What a caller reaches: its tenant's runs, within the folders of the service. */
function sessionOf({ tenant, scopes }: Principal, session: Session, folders: readonly string[]): Session {
  const startsRuns = hasScope(scopes, 'run');
  const seesFiles = startsRuns && tenant === defaultTenant;
  const may = { startsRuns, seesFiles, bringsCommands: hasScope(scopes, 'admin') };
  return { ...forTenant(session, tenant), bounds: { folders, home: session.home, ...may } };
}

/** The OpenAPI 3.1 document of all routes: what /openapi.json answers, and schema/openapi.json has. */
export function openApiDocument(): object {
  const app = new OpenAPIHono<ServerEnv>();
  addRoutes(app, { readMetrics: async () => [], check: async () => [] });
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'gaffer_session_7450',
    description: 'What a page has after it was opened with its link; the number is the port.',
  });
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Gaffer',
      version: packageVersion(),
      description: 'Durable crews of agents: runs that other programs start, follow and steer.',
    },
  });
}

/** What has an idempotency of its own: the route of seed 004 answers with a stream. */
function seesToItself(path: string): boolean {
  return path === '/api/workflows/execute' || !path.startsWith('/api/');
}

function addRoutes(app: Routes, { readMetrics, check }: ObservedParts): void {
  addSession(app);
  addAccess(app);
  addLists(app);
  addOverview(app);
  addRuns(app);
  addReading(app);
  addDocuments(app);
  addTask(app);
  addPictures(app);
  addRunFigures(app);
  addControl(app);
  addPeople(app);
  addLineage(app);
  addBranches(app);
  addPreviews(app);
  addComparing(app);
  addWorkflows(app);
  addStartable(app);
  addEvents(app);
  addSchedules(app);
  addIssues(app);
  addCatalog(app);
  addDrafts(app);
  addWebhooks(app);
  addTriggers(app);
  addOperate(app);
  addHealth(app, check);
  addMetrics(app, readMetrics);
}

function toAnswer(
  c: Context<ServerEnv>,
  error: unknown,
  { logError, places }: Pick<ServerDeps, 'logError'> & { places: readonly string[] },
): Response {
  const problem = toProblem(error instanceof HTTPException ? toUnreadable(error) : error);
  if (problem)
    return answerProblem(c, withoutPlaces(problem, places), error instanceof ProblemError ? error.headers : {});
  logError(error, c.get('requestId'));
  const detail = `the service met an error that it did not expect; its log has it under ${c.get('requestId')}.`;
  return answerProblem(c, new ProblemError(500, { code: 'unexpected', detail }).problem);
}

/** What the library says of a body that is no JSON at all. */
function toUnreadable({ status }: HTTPException): ProblemError {
  return new ProblemError(status, { code: 'unreadable', detail: 'the body is no JSON.' });
}

/** What zod says of a request, with where. */
function refuseInvalid(result: { success: boolean; target?: string; error?: z.ZodError }, _c: Context): void {
  if (result.success || !result.error) return;
  const errors = result.error.issues.flatMap((issue): WrongField[] => {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [];
    if (names.length > 0)
      return names.map((key) => toWrongField(result.target, [...issue.path, key], 'there is no such key'));
    return [toWrongField(result.target, issue.path, issue.message)];
  });
  const detail = errors.map(({ pointer, detail: what }) => (pointer ? `${pointer}: ${what}` : what)).join('; ');
  throw new ProblemError(422, { code: 'invalid', detail, errors });
}

function toWrongField(target: string | undefined, path: readonly PropertyKey[], detail: string): WrongField {
  const pointer =
    target === 'json'
      ? path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
      : path.join('.');
  return { ...(pointer !== '' && { pointer }), detail };
}
