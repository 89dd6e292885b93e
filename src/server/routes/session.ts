import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { newSecret, secretHash } from '../../client/access/keys.ts';
import { scopes } from '../../domain/access/scope.ts';
import type { Principal, ServerEnv } from '../env.ts';
import { body, json, route, type Routes } from '../route.ts';
import { toPrincipal, unknownCaller } from '../security/authenticate.ts';
import { cookieName, dropSessionCookie, sessionLastsMs, setSessionCookie } from '../security/session-cookie.ts';

const who = z
  .object({
    name: z.string(),
    tenant: z.string(),
    scopes: z.array(z.enum(scopes)),
    roles: z.array(z.string()).describe('Of approvals: whom it may answer as.'),
  })
  .meta({ id: 'Who' });

const begin = route({
  ...{ method: 'post', path: '/api/session', scope: 'open', tags: ['session'] },
  summary: 'Swaps the code of the link that a page was opened with for a cookie',
  request: { body: body(z.object({ code: z.string().length(43) })) },
  responses: { 200: json(who, 'The cookie is set; whose it is') },
});

const show = route({
  ...{ method: 'get', path: '/api/session', scope: 'read', tags: ['session'], summary: 'Who asks' },
  responses: { 200: json(who, 'What the key, or the cookie, allows') },
});

const end = route({
  ...{ method: 'delete', path: '/api/session', scope: 'read', tags: ['session'] },
  summary: 'Ends what the cookie of a page allows',
  responses: { 204: { description: 'It allows nothing any more' } },
});

/** What browsers have in place of a key. */
export function addSession(routes: Routes): void {
  routes.openapi(begin, async (c) => {
    const secret = newSecret();
    const { keys } = c.get('access');
    const key = await keys.swapCode(secretHash(c.req.valid('json').code), secretHash(secret), sessionLastsMs);
    if (!key) throw unknownCaller();
    const principal = toPrincipal(key);
    c.set('principal', principal);
    c.set('knownBy', 'cookie');
    // Whom the browser was let in as before is nobody's any more: its pages act as the new one from now on.
    await endOwn(c);
    setSessionCookie(c, secret);
    return c.json(toWho(principal), 200);
  });
  routes.openapi(show, (c) => c.json(toWho(c.get('principal')), 200));
  routes.openapi(end, async (c) => {
    await endOwn(c);
    dropSessionCookie(c);
    return c.body(null, 204);
  });
}

/** Ends what the cookie of the browser that asks allows, if it has one. */
async function endOwn(c: Context<ServerEnv>): Promise<void> {
  const cookie = getCookie(c, cookieName(c));
  if (cookie !== undefined) await c.get('access').keys.endSession(secretHash(cookie));
}

function toWho({ name, tenant, scopes: granted, roles }: Principal): z.infer<typeof who> {
  return { name, tenant, scopes: [...granted], roles: [...roles] };
}
