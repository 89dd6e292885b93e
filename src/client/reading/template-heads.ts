import { setImmediate as turn } from 'node:timers/promises';
import {
  eachTemplate,
  readEntry,
  readTemplate,
  type FoundTemplate,
  type TemplateEntry,
} from '../../definition/templates/find-template.ts';
import { DefinitionError } from '../../definition/source/diagnostic.ts';
import { isJsonObject } from '../../definition/source/source-document.ts';
import type { JsonValue } from '../../domain/json.ts';
import { ByStamp } from './by-stamp.ts';

/** A template with what it says of itself. */
export interface TemplateHead extends FoundTemplate {
  entry: TemplateEntry;
  /** What its runs are called, as it is written. */
  name: JsonValue;
}

const heads = new ByStamp((file): Pick<TemplateHead, 'entry' | 'name'> | null => {
  const found = { id: '', file, folder: '' };
  try {
    const document = readTemplate(found);
    const name = isJsonObject(document.value) ? (document.value['name'] ?? null) : null;
    return { entry: readEntry(found, document), name };
  } catch (error) {
    if (error instanceof DefinitionError) return null;
    throw error;
  }
});

/** The templates of some folders by name; others get their turn between two of them. What cannot be read is left out. */
export async function templateHeads(folders: readonly string[]): Promise<TemplateHead[]> {
  const found: TemplateHead[] = [];
  for (const template of eachTemplate(folders)) {
    const head = template && heads.of(template.file);
    if (head) found.push({ ...template, ...head, entry: named(head.entry, template.id) });
    await turn();
  }
  return found;
}

// A template that says no name is called by its id, and one file may have two.
function named(entry: TemplateEntry, id: string): TemplateEntry {
  return { ...entry, id, name: entry.name || id };
}
