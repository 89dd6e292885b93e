import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { PlanSource } from '../../definition/formats/open-definition.ts';
import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import { DefinitionError, quoted } from '../../definition/source/diagnostic.ts';
import { nearestHint } from '../../definition/source/nearest.ts';
import { isTemplateName, templateNames, templatesNamed } from '../../definition/templates/find-template.ts';
import { shippedTemplates } from '../../definition/templates/shipped-templates.ts';

/** What is to run, with its name made a path where it is that of a template. */
interface FoundSource {
  source: PlanSource;
  isTemplate: boolean;
  warnings: Diagnostic[];
}

/** Folders with templates, best first: `templates` in `cwd`, the user's own, and those that come with Gaffer. */
export async function templateFolders(cwd: string): Promise<string[]> {
  const { userTemplates } = await import('../../config/template-folders.ts');
  return [...new Set([join(cwd, 'templates'), userTemplates(), shippedTemplates()])];
}

/**
 * Takes a word without slash and ending for the name of a template, if there is one; a path is what has either.
 *
 * Where something else of that name is not taken for it, a warning says so.
 *
 * @throws DefinitionError when there is neither a template nor a file of that name
 */
export function findSource(source: PlanSource, cwd: string, folders: readonly string[]): FoundSource {
  if (source.kind !== 'file' || !isTemplateName(source.file)) return { source, isTemplate: false, warnings: [] };
  const { file: name } = source;
  const [found, hidden] = templatesNamed(name, folders);
  if (found) {
    const beside = existsSync(resolve(cwd, name)) ? `./${name}` : null;
    const others = [...(hidden ? [hidden.file] : []), ...(beside ? [`${beside} (name it so)`] : [])];
    const warnings = others.map((other) => passedOver(name, found.file, other));
    return { source: { kind: 'file', file: found.file }, isTemplate: true, warnings };
  }
  if (existsSync(resolve(cwd, name))) return { source, isTemplate: false, warnings: [] };
  const message = `there is no template ${quoted(name)}, and no file of that name here`;
  const hint = nearestHint(name, templateNames(folders)) ?? 'list the templates with: gaffer templates';
  throw new DefinitionError([{ ...nowhere, severity: 'error', code: 'missing-file', message, hint }]);
}

const nowhere = { file: null, line: null, column: null, path: '', frame: null };

function passedOver(name: string, taken: string, other: string): Diagnostic {
  const message = `${quoted(name)} is the template ${taken}, not ${other}`;
  return { ...nowhere, severity: 'warning', code: 'passed-over', message, hint: null };
}
