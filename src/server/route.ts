import { createRoute, z, type OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { Scope } from '../domain/access/scope.ts';
import type { ServerEnv } from './env.ts';
import { idempotencyKey } from './once/idempotency-key.ts';
import { guardRoute } from './security/route-guard.ts';
import { scopeKey, writesKey } from './security/scope-key.ts';

/** A problem document, as answers have it. */
export const problem = z
  .looseObject({
    ...{ type: z.string(), title: z.string(), status: z.int(), detail: z.string(), code: z.string() },
    kind: z.enum(['usage', 'not-found', 'conflict', 'refused', 'needs-person', 'unreachable', 'failed']).optional(),
    about: z
      .object({ runId: z.string().optional(), status: z.string().optional(), code: z.string().optional() })
      .optional(),
    errors: z
      .array(
        z.object({
          ...{ pointer: z.string().optional(), path: z.string().optional() },
          ...{ detail: z.string(), hint: z.string().optional() },
          ...{ code: z.string().optional(), severity: z.literal('warning').optional() },
          ...{ file: z.string().optional(), line: z.int().optional(), column: z.int().optional() },
          frame: z.string().optional(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });

const problems = {
  default: {
    description: 'A problem document (RFC 9457)',
    content: { 'application/problem+json': { schema: problem } },
  },
} as const;

const repeatable = z.object({
  'idempotency-key': z.string().regex(idempotencyKey).optional().openapi({
    description:
      'The same key with the same body is done once, and gets the same answer, for a day; with another body it is refused.',
  }),
});

/** A route of the API; `scope`: what a key must be allowed, `open`: nothing at all; `writes`: whether it changes something, where that is not as its method says. */
export type GafferRoute = Omit<RouteConfig, 'security'> & { scope: Scope | 'open'; writes?: boolean };

/** A route as the library has it. */
type Described<Route extends GafferRoute> = Omit<Route, 'scope' | 'writes'> & {
  getRoutingPath(): RoutingPath<Route['path']>;
};
type RoutingPath<Path extends string> = Path extends `${infer Head}/{${infer Name}}${infer Tail}`
  ? `${Head}/:${Name}${RoutingPath<Tail>}`
  : Path;

/** A route that is guarded by its scope, which stands in the document, and any of whose answers may be a problem instead. */
export function route<const Route extends GafferRoute>({ scope, writes, ...config }: Route): Described<Route> {
  const { method, path } = config;
  const described = createRoute({
    ...config,
    // What changes nothing may be asked again as it is.
    ...(method === 'post' &&
      writes !== false && { request: { ...config.request, headers: config.request?.headers ?? repeatable } }),
    middleware: guardRoute({ method, path, scope, writes, streams: isStream(config) }),
    security: scope === 'open' ? [] : [{ bearer: [] }, { session: [] }],
    responses: { ...config.responses, ...problems },
    [scopeKey]: scope,
    ...(writes !== undefined && { [writesKey]: writes }),
  } as RouteConfig);
  return described as unknown as Described<Route>;
}

function isStream({ responses }: Pick<RouteConfig, 'responses'>): boolean {
  const { content = {} } = (responses[200] ?? {}) as { content?: object };
  return 'text/event-stream' in content;
}

/** Where routes are added. */
export type Routes = OpenAPIHono<ServerEnv>;

/** An answer in JSON. */
export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } } as const;
}

/** A body in JSON. */
export function body<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } } as const;
}

/** A body in JSON that may be left out: then it is an object without keys. */
export function optionalBody<Schema extends z.ZodType>(schema: Schema) {
  return { ...body(schema), required: false } as const;
}
