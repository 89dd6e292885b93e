import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { DefinitionError, quoted } from '../definition/source/diagnostic.ts';
import { isBelow } from '../definition/source/is-below.ts';
import type { SourceDocument, ValuePath } from '../definition/source/source-document.ts';
import { readSourceFile } from '../definition/source/source-text.ts';
import { splitFrontMatter } from './front-matter.ts';

/** A Markdown file that a prompt is composed of, and where the agent file names it. */
export interface PromptPart {
  path: ValuePath;
  file: string;
}

/**
 * Texts of the parts in order, without their front matter. Paths are relative to the agent's file and must stay inside `dir`, links resolved.
 *
 * What cannot be read is added to `found`.
 */
export function readPromptParts(
  document: SourceDocument,
  dir: string,
  parts: PromptPart[],
  found: Diagnostic[],
): string[] {
  const texts: string[] = [];
  for (const { path, file } of parts) {
    const problem = (message: string, hint: string | null = null) =>
      found.push(document.diagnostic(path, { code: 'prompt-file', message, hint }));
    try {
      const real = realpathSync(resolve(dirname(document.name), file));
      if (!isBelow(real, realpathSync(dir))) {
        problem(
          `${quoted(file)} lies outside of the agents folder`,
          'keep prompt files inside the folder of the agents',
        );
      } else texts.push(splitFrontMatter(readSourceFile(real)).body);
    } catch (error) {
      if (error instanceof DefinitionError) problem(error.diagnostics[0]!.message);
      else problem(`there is no file ${quoted(file)}`, "paths are relative to the agent's file");
    }
  }
  return texts.filter((text) => text !== '');
}

/** What an agent without a prompt of its own is told. */
export function defaultSystemPrompt(name: string, description: string): string {
  const role = description === '' ? '' : ` Your role: ${description}`;
  return [
    `You are "${name}", one agent of a crew that works on the same project.${role}`,
    'Do the task that you are given, with your tools where they help, and check your work before you call it done.',
    'When something that you need is missing, say exactly what it is instead of guessing.',
    'End with a short report: what you did, what came out, what is left.',
  ].join('\n');
}
