import type { Diagnostic } from './diagnostic.ts';
import type { Draft } from './draft.ts';
import { fillTemplate, filledLength, parseTemplate } from './expressions.ts';
import type { ResolvedInputs } from './inputs.ts';
import type { SourceDocument } from './source-document.ts';

/** Most text that all prompts of a plan may have together, inputs filled in. */
export const maxPromptLength = 1024 * 1024;

/** The prompts of a draft's tasks, in its order, with inputs filled in. */
export function fillPrompts(
  document: SourceDocument,
  draft: Draft,
  inputs: ResolvedInputs,
): { prompts: string[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  let length = 0;
  const prompts = draft.tasks.map((task) => {
    const path = [...task.path, 'prompt'];
    const template = parseTemplate(task.prompt ?? '', inputs.names);
    for (const { nth, ...problem } of template.problems) {
      diagnostics.push(document.diagnostic(path, { ...problem, inside: { needle: '${{', nth } }));
    }
    const own = filledLength(template, inputs.values);
    const isOver = length <= maxPromptLength && length + own > maxPromptLength;
    length += own;
    if (isOver) {
      const message = `with their inputs filled in, the prompts are longer than ${maxPromptLength / 1024} KB together`;
      diagnostics.push(
        document.diagnostic(path, { code: 'too-large', message, hint: 'put long text into a file of the workspace' }),
      );
    }
    return length > maxPromptLength ? '' : fillTemplate(template, inputs.values);
  });
  return { prompts, diagnostics };
}
