import type { Routes } from '../route.ts';
import { scopeKey } from './scope-key.ts';

/** Whether what is asked for needs no key, by what its route says. A path that no route has needs one: nobody learns what there is. */
export function openRoutes(app: Routes): (method: string, path: string) => boolean {
  let open: { method: string; path: RegExp }[] | undefined;
  return (method, path) => {
    // Routes are all there when the first call comes.
    open ??= app.openAPIRegistry.definitions.flatMap((each) =>
      each.type === 'route' && (each.route as unknown as Record<string, unknown>)[scopeKey] === 'open'
        ? [{ method: each.route.method.toUpperCase(), path: toPattern(each.route.path) }]
        : [],
    );
    const asked = method === 'HEAD' ? 'GET' : method;
    return open.some((route) => route.method === asked && route.path.test(path));
  };
}

/** Which paths a route has: `{name}` stands for one part of it. */
export function toPattern(path: string): RegExp {
  const parts = path
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith('{') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('')}$`);
}
