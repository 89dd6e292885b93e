import type { Context } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import type { CookieOptions } from 'hono/utils/cookie';
import type { ServerEnv } from '../env.ts';

/** How long a browser stays let in. */
export const sessionLastsMs = 12 * 60 * 60_000;

/**
 * What the cookie is called: cookies know no ports, and each service of a machine has its own. Where the address is https it is bound to
 * that very name (`__Host-`).
 */
export function cookieName(c: Context<ServerEnv>): string {
  const { isSafe, port } = placeOf(c);
  return `${isSafe ? '__Host-' : ''}gaffer_session${port === '' ? '' : `_${port}`}`;
}

/** Lets the browser in that asks. */
export function setSessionCookie(c: Context<ServerEnv>, secret: string): void {
  setCookie(c, cookieName(c), secret, { ...cookieOptions(c), maxAge: sessionLastsMs / 1000 });
}

/** Takes the cookie from the browser that asks. */
export function dropSessionCookie(c: Context<ServerEnv>): void {
  deleteCookie(c, cookieName(c), cookieOptions(c));
}

function cookieOptions(c: Context<ServerEnv>): CookieOptions {
  return { httpOnly: true, sameSite: 'Strict', path: '/', secure: placeOf(c).isSafe };
}

/** A proxy that ends TLS is the one whose https address the service was told: what its pages are reached by. */
function placeOf(c: Context<ServerEnv>): { isSafe: boolean; port: string } {
  const { protocol, port } = new URL(c.get('origin'));
  return { isSafe: protocol === 'https:', port };
}
