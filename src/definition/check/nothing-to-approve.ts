import type { Draft } from '../draft/draft.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** That a plan is to be approved in which no task makes one. */
export function nothingToApprove(document: SourceDocument, { tasks }: Draft): Diagnostic[] {
  if (tasks.some(({ decompose }) => decompose)) return [];
  const message = 'no task splits its work (`decompose`), so there is no plan that somebody could approve';
  const hint = 'a task that is to be approved says "approval: before" or "approval: after"';
  return [document.diagnostic([], { code: 'no-split', message, hint })];
}
