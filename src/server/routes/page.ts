import type { Context } from 'hono';
import type { ServerEnv } from '../env.ts';
import { readWebFiles, type WebFile } from '../page/web-files.ts';
import type { Routes } from '../route.ts';

let files: ReadonlyMap<string, WebFile> | undefined;

/** What other things begin with: none of it is a page. */
const others = /^\/(?:api|hooks|assets|healthz|readyz|metrics|openapi\.json)(?:\/|$)/;

/**
 * The file of the dashboard that is asked for. Which page a browser shows is for the program in it to say: all have the same HTML, which
 * says nothing until somebody is let in.
 */
export function findPage(c: Context<ServerEnv>): WebFile | undefined {
  const { method, path } = c.req;
  const isOther = others.test(path);
  if ((method !== 'GET' && method !== 'HEAD') || (isOther && !path.startsWith('/assets/'))) return undefined;
  files ??= readWebFiles();
  const isPage = !isOther && (c.req.header('Accept') ?? '').includes('text/html');
  return (
    (path === '/' ? undefined : files.get(path)) ?? (isPage || path === '/' ? files.get('/index.html') : undefined)
  );
}

/** The dashboard: open to everybody. Comes behind all other routes. */
export function addPage(routes: Routes): void {
  routes.get('*', (c, next) => {
    const file = findPage(c);
    if (!file) return next();
    const isZipped = file.zipped !== null && /\bgzip\b/.test(c.req.header('Accept-Encoding') ?? '');
    return c.body(isZipped ? file.zipped! : file.content, 200, {
      'Content-Type': file.type,
      Vary: 'Accept, Accept-Encoding',
      'Cache-Control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      ...(isZipped && { 'Content-Encoding': 'gzip' }),
    });
  });
}
