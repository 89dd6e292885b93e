import { randomBytes } from 'node:crypto';
import { request as ask } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createDoor, type Door } from '../../host/front/connect-door.ts';
import { createTokenDoor, linkParameter, type LinkKey } from './front-link.ts';

/*
 * Who gets through to the server:
 * D1 A connection of its protocol comes by CONNECT with a password; it leads to that server and nowhere else. Where only the home's owner
 *    can listen, that is the home's secret. At a port, which anybody can take when we are dead, it is one that dies with us.
 * D2 The Web UI and its API answer a browser that has our cookie, which is had for a link that opens once.
 * D3 A browser speaks for its user only where a page of ours asks it to: a Host that is not this machine's (DNS rebinding), an Origin
 *    or a site that is not ours are refused, cookie or not.
 * D4 Whoever is refused costs nothing behind the front.
 */

/** What stands behind a front, by ports of 127.0.0.1, and who may in. */
export interface FrontSettings extends LinkKey {
  /** What opens the ports, for this start of the front only. */
  password: string;
  port: number;
  uiPort: number;
}

const sessionLastsMs = 24 * 60 * 60_000;

/** The servers that stand in front. They listen on nothing yet. */
interface Front {
  /** For the home's owner, at a socket that only he can reach: asks for the secret. */
  own: Server;
  /** For `temporal` and browsers, at ports of loopback: asks for the password of this start. */
  people: Server;
}

/** What stands in front of a server. */
export function createFront(settings: FrontSettings): Front {
  const { secret, password, port } = settings;
  const open = (): Socket => connect({ port, host: '127.0.0.1', noDelay: true });
  const openWebUi = createWebUi(settings);
  const answer: Door['answer'] = (request, response) => {
    try {
      openWebUi(request, response);
    } catch {
      // What Node takes from a client it may not pass on: strange characters in a header.
      say(response, 400, 'This request cannot be read.');
    }
  };
  return { own: createDoor({ password: secret, open }), people: createDoor({ password, open, answer }) };
}

function createWebUi(settings: FrontSettings): (request: IncomingMessage, response: ServerResponse) => void {
  const isToken = createTokenDoor(settings);
  const sessions = new Map<string, number>();
  // Cookies know no ports: two homes of one machine would take each other's.
  const cookieName = `gaffer-${randomBytes(4).toString('hex')}`;
  const open = (): string => {
    const id = randomBytes(32).toString('base64url');
    const now = Date.now();
    for (const [old, until] of sessions) if (until <= now) sessions.delete(old);
    sessions.set(id, now + sessionLastsMs);
    return `${cookieName}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${sessionLastsMs / 1000}`;
  };
  const isOpen = (request: IncomingMessage): boolean =>
    (sessions.get(readCookie(request, cookieName) ?? '') ?? 0) > Date.now();
  return (request, response) => {
    if (!request.url?.startsWith('/')) return say(response, 400, 'The Web UI is no proxy.');
    const url = new URL(`http://front${request.url}`);
    const token = url.searchParams.get(linkParameter);
    url.searchParams.delete(linkParameter);
    const refusal = foreignness(request, token !== null);
    if (refusal !== null) return say(response, 403, refusal);
    if (token === null) {
      if (isOpen(request)) return pass(request, response, { uiPort: settings.uiPort, cookieName });
      return say(response, 401, 'The Web UI opens with a link of your own: `gaffer ui` prints one.');
    }
    const target = `${url.pathname}${url.search}`.replace(/^\/+/, '/');
    const isNew = request.method === 'GET' && isToken(token);
    if (!isNew && !isOpen(request)) {
      return say(response, 401, 'This link has been used, or is too old: `gaffer ui` prints another.');
    }
    if (isNew) response.setHeader('set-cookie', open());
    goTo(response, target);
  };
}

/** Why a browser is not to be believed (D3); null: nothing speaks against it. */
function foreignness({ headers, method }: IncomingMessage, isLink: boolean): string | null {
  const { host = '', origin } = headers;
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(host)) {
    return 'The Web UI answers as 127.0.0.1 and localhost only.';
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return `The Web UI answers no page of ${printable(origin)}.`;
  }
  const site = headers['sec-fetch-site'];
  const isOurs = site === undefined || site === 'same-origin' || site === 'none';
  const isVisit = isLink && method === 'GET' && headers['sec-fetch-dest'] === 'document';
  return isOurs || isVisit ? null : 'The Web UI answers no other page: open its address yourself.';
}

/** Everything else is the Web UI's own business. Our cookie is not for it to see. */
function pass(
  request: IncomingMessage,
  response: ServerResponse,
  { uiPort, cookieName }: { uiPort: number; cookieName: string },
): void {
  const headers: IncomingMessage['headers'] = { ...request.headers };
  const others = (headers.cookie ?? '').split(/;\s*/).filter((one) => one && !one.startsWith(`${cookieName}=`));
  delete headers.cookie;
  if (others.length > 0) headers.cookie = others.join('; ');
  const { method, url: path } = request;
  const behind = ask({ port: uiPort, host: '127.0.0.1', method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  behind.on('error', () => (response.headersSent ? response.destroy() : say(response, 502, 'The Web UI is not up.')));
  response.on('close', () => behind.destroy());
  request.on('error', () => behind.destroy());
  request.pipe(behind);
}

/** By a page of ours: a browser that comes from elsewhere keeps a strict cookie to itself for as long as it is only redirected. */
function goTo(response: ServerResponse, target: string): void {
  const address = target.replace(/[&"'<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  response.end(
    `<!doctype html><meta http-equiv="refresh" content="0;url=${address}"><a href="${address}">Temporal Web UI</a>\n`,
  );
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${text}\n`);
}

function readCookie({ headers }: IncomingMessage, name: string): string | undefined {
  const found = (headers.cookie ?? '').split(/;\s*/).find((one) => one.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
