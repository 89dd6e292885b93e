import type { Plan } from '../../domain/plan/plan.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** What stands in a plan and is kept, but does nothing yet, in one line. */
export function notActing(document: SourceDocument, { communication }: Plan): Diagnostic[] {
  const asked = [...(communication ? ['messages between agents'] : [])];
  if (asked.length === 0) return [];
  const message = `this version does not act on what is asked for: ${asked.join(', ')}`;
  const place = { file: document.name, line: null, column: null, path: '', frame: null, hint: null };
  return [{ severity: 'warning', code: 'not-acting', message, ...place }];
}
