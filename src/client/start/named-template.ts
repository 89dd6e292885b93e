import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { PlanSource } from '../../definition/formats/open-definition.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import { DefinitionError, quoted } from '../../definition/source/diagnostic.ts';
import { nearestHint } from '../../domain/nearest.ts';
import { readAdded } from '../../definition/templates/added-template.ts';
import { isTemplateName, templateNames, templatesNamed } from '../../definition/templates/find-template.ts';
import { shippedTemplates } from '../../definition/templates/shipped-templates.ts';

/** What is to run, with its name made a path where it is that of a template. */
interface FoundSource {
  source: PlanSource;
  isTemplate: boolean;
  warnings: Diagnostic[];
}

/** Folders with templates, best first: the user's own, those that come with Gaffer, and `templates` in `cwd`: agents and strangers write there, and must not take a name that is known. */
export async function templateFolders(cwd: string): Promise<string[]> {
  const { userTemplates } = await import('../../config/template-folders.ts');
  return [...new Set([userTemplates(), shippedTemplates(), join(cwd, 'templates')])];
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
    if (readAdded(found.file)?.isChanged) warnings.push(changedSince(name, found.file));
    return { source: { kind: 'file', file: found.file }, isTemplate: true, warnings };
  }
  if (existsSync(resolve(cwd, name))) return { source, isTemplate: false, warnings: [] };
  const message = `there is no template ${quoted(name)}, and no file of that name here`;
  const hint = nearestHint(name, templateNames(folders)) ?? 'list the templates with: gaffer templates';
  throw new DefinitionError([{ ...nowhere, severity: 'error', code: 'missing-file', message, hint }]);
}

/**
 * What is to run, built where its file is a module with a template; the inputs have gone into it then.
 *
 * @throws NotTrustedError when it is code that nobody trusted; DefinitionError, UsageError when it cannot be built
 */
export async function builtByCode(
  source: PlanSource,
  file: string | null,
  inputs: JsonObject,
): Promise<{ source: PlanSource; inputs: JsonObject }> {
  if (file === null) return { source, inputs };
  const { isTemplateModule, loadTemplateModule } = await import('../templates/template-module.ts');
  if (!isTemplateModule(file)) return { source, inputs };
  const template = await loadTemplateModule(file);
  const { buildDefinition } = await import('../../definition/built-template.ts');
  return { source: { kind: 'object', value: buildDefinition(template, inputs), name: template.id }, inputs: {} };
}

const nowhere = { file: null, line: null, column: null, path: '', frame: null };

function changedSince(name: string, file: string): Diagnostic {
  const message = `the template ${quoted(name)} is no longer what was added: ${file}`;
  return { ...nowhere, severity: 'warning', code: 'template-changed', message, hint: null };
}

function passedOver(name: string, taken: string, other: string): Diagnostic {
  const message = `${quoted(name)} is the template ${taken}, not ${other}`;
  return { ...nowhere, severity: 'warning', code: 'passed-over', message, hint: null };
}
