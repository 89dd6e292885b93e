import { valuePlaces } from '../../domain/commands/command-values.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import { diagnosticIn } from '../draft/read-expressions.ts';
import type { PlanTexts } from '../draft/texts.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';

/** Values of what undoes a task that would not arrive where they stand in a command: it must not do nothing and call that done. */
export function checkCommands(document: SourceDocument, undo: ValuePath, texts: PlanTexts): Diagnostic[] {
  const found = checkCommand(document, [...undo, 'bash'], texts);
  if (document.valueAt([...undo, 'tool']) !== builtInTools.bash.name) return found;
  // The input of a tool is filled in as text, which the shell would read.
  const values = texts.readAt([...undo, 'input', 'command']).filter((piece) => typeof piece !== 'string');
  const message = "a value cannot stand in the command of a tool's input, where the shell reads it as code";
  const hint = 'write the command as compensate: { bash: … }';
  return values.map((value) => diagnosticIn(document, value, { offset: 0, code: 'value-in-command', message, hint }));
}

function checkCommand(document: SourceDocument, path: ValuePath, texts: PlanTexts): Diagnostic[] {
  const pieces = texts.readAt(path);
  const values = pieces.filter((piece) => typeof piece !== 'string');
  return valuePlaces(pieces).flatMap(({ problem }, index) => {
    if (!problem) return [];
    const { message, hint } = problem;
    return [diagnosticIn(document, values[index]!, { offset: 0, code: 'value-in-command', message, hint })];
  });
}
