import { valuePlaces } from '../../domain/plan/command-values.ts';
import { diagnosticIn } from '../draft/read-expressions.ts';
import type { PlanTexts } from '../draft/texts.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';

/** Values of a command that would not arrive where they stand: what undoes something must not do nothing and call it done. */
export function checkCommand(document: SourceDocument, path: ValuePath, texts: PlanTexts): Diagnostic[] {
  const pieces = texts.readAt(path);
  const values = pieces.filter((piece) => typeof piece !== 'string');
  return valuePlaces(pieces).flatMap(({ problem }, index) => {
    return problem ? [diagnosticIn(document, values[index]!, { offset: 0, code: 'value-in-command', ...problem })] : [];
  });
}
