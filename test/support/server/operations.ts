import { openApiDocument } from '../../../src/server/app.ts';
import { scopeKey } from '../../../src/server/security/scope-key.ts';

/** A route of the document. */
export interface Operation {
  /** As HTTP has it: `GET`. */
  method: string;
  /** With its parameters in braces. */
  path: string;
  /** What the document says that a key needs; undefined: nothing, which is a mistake. */
  scope: string | undefined;
}

/** Every route of the OpenAPI document, in its order. */
export function operations(): Operation[] {
  const { paths } = openApiDocument() as { paths: Record<string, Record<string, { [scopeKey]?: string }>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      ...{ method: method.toUpperCase(), path, scope: described[scopeKey] },
    })),
  );
}

/** Does something with each item, ten at a time. */
export async function inTens<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += 10) await Promise.all(items.slice(at, at + 10).map(work));
}
