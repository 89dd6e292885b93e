import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { isJsonObject } from '../source/source-document.ts';
import { readAdded } from './added-template.ts';
import type { FoundTemplate, TemplateEntry } from './find-template.ts';
import { readEntry, readTemplate } from './find-template.ts';

/** One task of a template, as its file has it. */
interface TemplateTask {
  id: string;
  agent: string;
  description: string;
  dependencies: string[];
}

/** A template with what somebody has to know who runs it. */
export interface TemplateDetails extends TemplateEntry {
  file: string;
  /** Its inputs by name, as they are declared. */
  parameters: JsonObject;
  tasks: TemplateTask[];
  /** What it is for, by name. */
  outputs: string[];
  /** Where it came from, if it was added; `isChanged`: its files are no longer what they were then. */
  added: ReturnType<typeof readAdded>;
}

/** Reads a template whole; nothing of it is checked but its head. @throws DefinitionError when it cannot be read or has no whole head */
export function describeTemplate(found: FoundTemplate): TemplateDetails {
  const document = readTemplate(found);
  const entry = readEntry(found, document);
  const { value } = document;
  const file = isJsonObject(value) ? value : {};
  return {
    ...{ ...entry, file: found.file, parameters: isJsonObject(file['inputs']) ? file['inputs'] : {} },
    tasks: tasksIn(file),
    outputs: isJsonObject(file['outputs']) ? Object.keys(file['outputs']) : [],
    added: readAdded(found.file),
  };
}

function tasksIn(file: JsonObject): TemplateTask[] {
  const phases = listOf(file['phases']).flatMap((phase) => listOf(phase['tasks']));
  const otherwise = textOf(file['default_profile']);
  return [...phases, ...listOf(file['tasks'])].map((task) => ({
    id: textOf(task['id']) || textOf(task['context_name']) || textOf(task['profile']),
    agent: textOf(task['profile']) || otherwise,
    description: textOf(task['description']),
    dependencies: dependenciesOf(task['depends_on'] ?? task['dependencies']),
  }));
}

function dependenciesOf(value: JsonValue | undefined): string[] {
  const entries = Array.isArray(value) ? value : [];
  return entries.map((entry) => (isJsonObject(entry) ? textOf(entry['task']) : textOf(entry)));
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
