import type { JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { DefinitionError, quoted } from '../source/diagnostic.ts';
import { nearestHint } from '../../domain/nearest.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { Translation } from '../source/translated-document.ts';
import { findTemplate, readTemplate, templateNames } from '../templates/find-template.ts';
import type { NativeDefinition } from './format.ts';

/** A request for a template by name, as a list of tasks has it instead of tasks. */
export interface TemplateRequest {
  document: SourceDocument;
  /** Where its name stands. */
  namePath: ValuePath;
  /** Folders with templates, best first; undefined: none can be named here. */
  folders: readonly string[] | undefined;
  /** What else it says, and what that is natively; it wins over what the template says. */
  settings: readonly { from: ValuePath; path: ValuePath; value: JsonValue }[];
}

/**
 * The template that a request names, with the request's `parameters` as its inputs.
 *
 * Mistakes in the template stand in its file, those in the parameters in the request.
 *
 * @throws DefinitionError when there is no such template, or its file cannot be read
 */
export function toTemplate(request: TemplateRequest): NativeDefinition {
  const { document, namePath, folders, settings } = request;
  const name = document.valueAt(namePath);
  const found = typeof name === 'string' && folders ? findTemplate(name, folders) : null;
  // Nothing more can be said of it.
  if (!found) throw new DefinitionError([noTemplate(request, name)]);
  const template = readTemplate(found);
  const native = new Translation(found.file, template);
  for (const [key, value] of Object.entries(isJsonObject(template.value) ? template.value : {})) {
    // What is put below it must not change the template.
    native.put([key], structuredClone(value), { document: template, path: [key] });
  }
  if (template.valueAt(['name']) === undefined) native.put(['name'], found.id, { document: template, path: [] });
  for (const { from, path, value } of settings) native.put(path, value, { document, path: from });
  const diagnostics: Diagnostic[] = [];
  for (const [parameter, value] of Object.entries(parametersOf(document))) {
    const from = ['parameters', parameter];
    // An input's default is what it is where nobody gives another value.
    if (isJsonObject(template.valueAt(['inputs', parameter]))) {
      native.put(['inputs', parameter, 'default'], value, { document, path: from });
    } else diagnostics.push(unknownParameter(document, template, parameter));
  }
  return { document: native.toDocument(nativeWords), diagnostics };
}

// What comes from the request is no default there.
const nativeWords = { phases: 'phases', profile: 'profile', default_profile: 'default_profile' };

function parametersOf(document: SourceDocument): Readonly<Record<string, JsonValue>> {
  const parameters = document.valueAt(['parameters']);
  return isJsonObject(parameters) ? parameters : {};
}

function unknownParameter(document: SourceDocument, template: SourceDocument, parameter: string): Diagnostic {
  const inputs = template.valueAt(['inputs']);
  const names = isJsonObject(inputs) ? Object.keys(inputs) : [];
  const message = `the template has no parameter ${quoted(parameter)}`;
  const hint = nearestHint(parameter, names);
  return document.diagnostic(['parameters', parameter], { code: 'unknown-input', message, hint, on: 'key' });
}

function noTemplate({ document, namePath, folders }: TemplateRequest, name: JsonValue | undefined): Diagnostic {
  const place = { code: 'no-template' };
  if (typeof name !== 'string') return document.diagnostic(namePath, { ...place, message: 'a template has a name' });
  if (folders) {
    const hint = nearestHint(name, templateNames(folders)) ?? 'list them with: gaffer templates';
    return document.diagnostic(namePath, { ...place, message: `there is no template ${quoted(name)}`, hint });
  }
  const message = `${quoted(name)} names a template, which cannot stand here`;
  return document.diagnostic(namePath, { ...place, message, hint: 'give its "tasks" here' });
}
