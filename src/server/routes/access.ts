import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { createKey, listKeys, revokeKey } from '../../client/access/keys.ts';
import { hasRole } from '../../domain/access/role.ts';
import { hasScope, scopes } from '../../domain/access/scope.ts';
import { accessShapes } from '../../definition/schema/output-access.ts';
import type { ServerEnv } from '../env.ts';
import { ProblemError } from '../problem.ts';
import { body, json, route, type Routes } from '../route.ts';
import { name, numeral, words } from './parts.ts';

const tags = ['access'];
const wishes = z
  .strictObject({
    ...{ name: words(200).optional(), scopes: z.array(z.enum(scopes)).min(1).max(scopes.length) },
    roles: z.array(name).max(50).optional(),
    lastsMs: z.int().positive().optional().openapi({ description: 'Default, and at most: as long as the own key' }),
  })
  .openapi('NewKey', { example: { name: 'ci', scopes: ['run'], lastsMs: 86_400_000 } });
const rows = z.array(accessShapes.audit.options[0].element.omit({ no: true, hash: true }));

const list = route({
  ...{ method: 'get', path: '/api/keys', scope: 'admin', tags, summary: 'Keys of the own tenant, oldest first' },
  responses: { 200: json(z.object({ keys: accessShapes['keys list'] }), 'What is kept of them: nothing that opens') },
});
const create = route({
  ...{ method: 'post', path: '/api/keys', scope: 'admin', tags, summary: 'Makes a key of the own tenant' },
  description: 'It gets no scope, role or time that the key which makes it does not have.',
  request: { body: body(wishes) },
  responses: { 201: json(accessShapes['keys create'], 'The key, which is shown here alone') },
});
const revoke = route({
  ...{ method: 'delete', path: '/api/keys/{id}', scope: 'admin', tags, summary: 'Ends a key of the own tenant' },
  request: { params: z.object({ id: words(100).openapi({ param: { name: 'id', in: 'path' } }) }) },
  responses: { 200: json(accessShapes['keys revoke'], 'The key, which opens nothing any more') },
});
const audit = route({
  ...{
    method: 'get',
    path: '/api/audit',
    scope: 'admin',
    tags,
    summary: 'Who did what in the own tenant, newest first',
  },
  request: {
    query: z.strictObject({
      run: name.optional(),
      limit: numeral(1, 200).default(50),
      cursor: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
    }),
  },
  responses: {
    200: json(
      z.object({ rows, next: z.union([z.string(), z.null()]) }),
      'A page; `next`, given as `cursor`, leads to the one behind',
    ),
  },
});

/** Who may call the service, and who did what. Each tenant has its own. */
export function addAccess(routes: Routes): void {
  routes.openapi(list, async (c) => {
    const { keys } = c.get('access');
    return c.json({ keys: (await listKeys(keys, c.get('principal').tenant)).map(thawed) }, 200);
  });
  routes.openapi(create, async (c) => {
    const { tenant, name: own } = c.get('principal');
    const { name: named = own, roles = [], ...asked } = c.req.valid('json');
    const lastsMs = await checkWithinOwn(c, { roles, ...asked });
    const { key, kept } = await createKey(c.get('access').keys, {
      ...{ name: named, tenant, roles, lastsMs, scopes: asked.scopes },
    });
    c.set('about', { key: kept.id, scopes: [...kept.scopes], roles: [...kept.roles] });
    return c.json({ key, ...thawed(kept) }, 201);
  });
  routes.openapi(revoke, async (c) => {
    const { id } = c.req.valid('param');
    const { keys } = c.get('access');
    const isOwn = (await listKeys(keys, c.get('principal').tenant)).some((key) => key.id === id);
    const revoked = isOwn ? await revokeKey(keys, id) : undefined;
    if (!revoked) throw new ProblemError(404, { code: 'key-not-found', detail: 'there is no such key.' });
    return c.json(thawed(revoked), 200);
  });
  routes.openapi(audit, async (c) => {
    const { run: runId, limit, cursor: after } = c.req.valid('query');
    const filter = { ...(runId !== undefined && { runId }), ...(after !== undefined && { after }) };
    const found = await c.get('access').audit.list({ ...filter, tenant: c.get('principal').tenant, limit });
    // Numbers are those of all tenants: they would tell how much the others do.
    const shown = found.map(({ no: _no, hash: _hash, ...row }) => row);
    return c.json({ rows: shown, next: found.length < limit ? null : found.at(-1)!.hash }, 200);
  });
}

/** How long the new key may last, in ms; undefined: until it is revoked. @throws ProblemError 403 for what the own key does not have */
async function checkWithinOwn(
  c: Context<ServerEnv>,
  {
    scopes: asked,
    roles,
    lastsMs,
  }: { scopes: z.infer<typeof wishes>['scopes']; roles: string[]; lastsMs?: number | undefined },
): Promise<number | undefined> {
  const own = c.get('principal');
  const beyond = [
    ...asked.filter((scope) => !hasScope(own.scopes, scope)),
    ...roles.filter((role) => !hasRole(own.roles, role)),
  ];
  const kept = (await listKeys(c.get('access').keys, own.tenant)).find(({ id }) => id === own.keyId);
  const endsAt = kept?.expiresAt ?? null;
  const leftMs = endsAt === null ? undefined : Math.max(1, Date.parse(endsAt) - Date.now());
  const isTooLong = leftMs !== undefined && lastsMs !== undefined && lastsMs > leftMs;
  if (beyond.length === 0 && !isTooLong) return lastsMs ?? leftMs;
  const what = isTooLong ? 'more time' : beyond.map((each) => `"${each}"`).join(', ');
  throw new ProblemError(403, {
    code: 'beyond-own',
    detail: `a key gives no more than it has; this one lacks ${what}.`,
  });
}

function thawed<Key extends { scopes: readonly (typeof scopes)[number][]; roles: readonly string[] }>(key: Key) {
  return { ...key, scopes: [...key.scopes], roles: [...key.roles] };
}
