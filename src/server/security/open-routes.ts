import type { Routes } from '../route.ts';
import { scopeKey, writesKey } from './scope-key.ts';

/** Whether what is asked for is of a route that says so of itself. A path that no route has is of none. */
export function routesThat(
  app: Routes,
  says: (route: Readonly<Record<string, unknown>>) => boolean,
): (method: string, path: string) => boolean {
  let found: { method: string; path: RegExp }[] | undefined;
  return (method, path) => {
    // Routes are all there when the first call comes.
    found ??= app.openAPIRegistry.definitions.flatMap((each) =>
      each.type === 'route' && says(each.route as unknown as Record<string, unknown>)
        ? [{ method: each.route.method.toUpperCase(), path: toPattern(each.route.path) }]
        : [],
    );
    const asked = method === 'HEAD' ? 'GET' : method;
    return found.some((route) => route.method === asked && route.path.test(path));
  };
}

/** It needs no key. */
export const isOpen = (route: Readonly<Record<string, unknown>>): boolean => route[scopeKey] === 'open';

/** It says that it changes nothing, though its method does not say so: nothing of it is written down, or kept. */
export const changesNothing = (route: Readonly<Record<string, unknown>>): boolean => route[writesKey] === false;

/** Which paths a route has: `{name}` stands for one part of it. */
export function toPattern(path: string): RegExp {
  const parts = path
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith('{') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('')}$`);
}
