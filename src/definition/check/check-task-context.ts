import { contextSchema } from '../schema/schema.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

/** Warns where data of a task reads as if it said how the run keeps its conversations. */
export function checkTaskContext(document: SourceDocument, task: ValuePath): Diagnostic[] {
  const data = document.valueAt([...task, 'context']);
  if (!isJsonObject(data)) return [];
  return Object.entries(contextSchema.shape).flatMap(([key, schema]) => {
    if (!Object.hasOwn(data, key) || !schema.safeParse(data[key]).success) return [];
    const message = `context.${key} of a task is data for its agent: it sets nothing`;
    const hint = `conversations are kept as "context" of the whole file says: set ${key} there`;
    const what = { code: 'not-acting', message, hint, severity: 'warning', on: 'key' } as const;
    return [document.diagnostic([...task, 'context', key], what)];
  });
}
