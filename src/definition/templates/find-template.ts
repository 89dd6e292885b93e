/*
 * A template is a workflow file with `template:`, found by its name in some folders, best first.
 * F1 A file without that key is none, whatever its folder is called: other tools keep theirs in `templates/`, too.
 * F2 A word with a slash or an ending is a path, never a name.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Diagnostic } from '../source/diagnostic.ts';
import { DefinitionError } from '../source/diagnostic.ts';
import { readYaml } from '../source/read-yaml.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { readSourceFile } from '../source/source-text.ts';
import type { TemplateFile } from '../schema/schema-inputs.ts';
import { templateSchema } from '../schema/schema-inputs.ts';

/** One line of the list of templates. */
export interface TemplateEntry {
  /** The name that it is found by. */
  id: string;
  name: string;
  description: string;
  category: string;
  tags: string[];
  /** About how long a run takes, in seconds. */
  estimatedDuration: number;
  complexity: TemplateFile['complexity'];
}

/** Where a template lies. */
export interface FoundTemplate {
  id: string;
  file: string;
  /** The folder that it was found in, as it was given. */
  folder: string;
}

/** Templates with what they say of themselves, and what is wrong with others. */
export interface TemplateList {
  templates: (FoundTemplate & { entry: TemplateEntry })[];
  diagnostics: Diagnostic[];
}

/** How many entries of a folder are looked at. */
const mostEntries = 1000;

/** In which form a template may lie in a folder, best first. */
const forms = ['.yaml', '.yml', '.json', '/workflow.yaml', '/template.yaml'];

/** Whether a word may be the name of a template; if not, it is a path. */
export function isTemplateName(word: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(word); // F2
}

/** The template of a name; null when no folder has it. */
export function findTemplate(name: string, folders: readonly string[]): FoundTemplate | null {
  return templatesNamed(name, folders)[0] ?? null;
}

/** All templates of a name, best first: those behind the first are not seen for it. */
export function templatesNamed(name: string, folders: readonly string[]): FoundTemplate[] {
  if (!isTemplateName(name)) return [];
  return folders.flatMap((folder) => {
    const file = forms.map((form) => join(folder, `${name}${form}`)).find(saysTemplate);
    return file === undefined ? [] : [{ id: name, file, folder }];
  });
}

/** Goes through all names in some folders once, in their order: the template of each; null where it is none. */
export function* eachTemplate(folders: readonly string[]): Generator<FoundTemplate | null> {
  for (const name of [...new Set(folders.flatMap(namesIn))].sort()) yield findTemplate(name, folders);
}

/** Every template of some folders once, by name. What cannot be read is told and left out. */
export function listTemplates(folders: readonly string[]): TemplateList {
  const list: TemplateList = { templates: [], diagnostics: [] };
  for (const found of eachTemplate(folders)) {
    if (!found) continue;
    try {
      list.templates.push({ ...found, entry: readEntry(found) });
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      list.diagnostics.push(...error.diagnostics);
    }
  }
  return list;
}

/** The names of all templates of some folders. */
export function templateNames(folders: readonly string[]): string[] {
  return [...eachTemplate(folders)].flatMap((found) => found?.id ?? []);
}

/** Reads the file of a template. @throws DefinitionError when it cannot be read */
export function readTemplate({ file }: FoundTemplate): SourceDocument {
  return readYaml(readSourceFile(file), extname(file).toLowerCase() === '.json' ? 'json' : 'yaml');
}

/** What a template says of itself. @throws DefinitionError when its file cannot be read or its head is not whole */
export function readEntry(found: FoundTemplate, document = readTemplate(found)): TemplateEntry {
  const value = isJsonObject(document.value) ? document.value : {};
  const header = templateSchema.safeParse(value['template']);
  if (header.success) return toEntry(found.id, value, header.data);
  const message = 'its "template" is not complete';
  const hint =
    'it has category, tags, complexity and estimated_duration (in seconds); `gaffer plan` says what is wrong';
  throw new DefinitionError([document.diagnostic(['template'], { code: 'bad-template', message, hint, on: 'key' })]);
}

function toEntry(id: string, { name, description }: Record<string, unknown>, header: TemplateFile): TemplateEntry {
  const { category, tags = [], complexity, estimated_duration: estimatedDuration } = header;
  const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
  return {
    ...{ id, name: text(name, id), description: text(description, ''), category, tags },
    ...{ estimatedDuration, complexity },
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .slice(0, mostEntries)
      .map((entry) => (entry.isDirectory() ? entry.name : entry.name.replace(/\.(?:ya?ml|json)$/i, '')))
      .filter(isTemplateName);
  } catch {
    return [];
  }
}

/** Whether a text is one of a template, as far as can be seen without reading it as YAML (F1): files of others need not be readable for us. */
export function saysTemplateText(text: string): boolean {
  return /^(?:template|["']template["'])\s*:|^\s*[{,]?\s*"template"\s*:/m.test(text);
}

function saysTemplate(file: string): boolean {
  if (!existsSync(file) || !statSync(file).isFile()) return false;
  try {
    return saysTemplateText(readSourceFile(file).text);
  } catch (error) {
    if (error instanceof DefinitionError) return false;
    throw error;
  }
}
