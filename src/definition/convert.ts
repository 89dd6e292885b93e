import { stringify } from 'yaml';
import type { JsonObject } from '../domain/json.ts';
import { openDefinition, defaultName } from './formats/open-definition.ts';
import type { NativeDefinition } from './formats/format.ts';
import type { FormatOptions, PlanSource } from './formats/open-definition.ts';
import { parseDefinition } from './load-plan.ts';
import type { Diagnostic } from './source/diagnostic.ts';
import { DefinitionError } from './source/diagnostic.ts';
import { readYaml } from './source/read-yaml.ts';
import { sizeText, usualBounds } from '../domain/source/source-bounds.ts';
import { SourceText } from './source/source-text.ts';

/**
 * A definition of any format as the text of a native workflow file that gives the same plan. Agents, inputs and order are not looked at.
 *
 * @throws DefinitionError with what cannot be read, or when it is longer than a workflow file may be
 */
export function convertDefinition(
  source: PlanSource,
  options: FormatOptions,
): { text: string; warnings: Diagnostic[] } {
  const opened = openDefinition(source, options);
  if (opened.need !== undefined) throw new DefinitionError([undecided(opened)]);
  const { document, value, found } = parseDefinition(opened);
  const errors = found.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new DefinitionError(errors);
  const text = toText({ name: defaultName(source), ...value });
  if (text.length <= usualBounds.bytes) return { text, warnings: found };
  const message = `as one file it would be larger than ${sizeText(usualBounds.bytes)}`;
  const hint = 'it runs as it stands';
  throw new DefinitionError([document.diagnostic([], { code: 'too-large', message, hint })]);
}

function undecided({ document }: NativeDefinition): Diagnostic {
  const message = 'this is a description: whose agents do it, and with which tools, is decided when it starts';
  const hint = 'run it as it stands; `gaffer plan` shows who would be in it';
  return document.diagnostic([], { code: 'no-native-form', message, hint });
}

/** YAML, as people read it; where our reader would not get the same out of it, JSON, which is YAML as well. */
function toText(value: JsonObject): string {
  const text = stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.2' });
  const json = JSON.stringify(value, null, 2);
  return isRead(text, json) ? text : `${json}\n`;
}

function isRead(text: string, json: string): boolean {
  if (text.length > usualBounds.bytes) return true;
  try {
    return JSON.stringify(readYaml(new SourceText(text, 'converted')).value, null, 2) === json;
  } catch (error) {
    if (error instanceof DefinitionError) return false;
    throw error;
  }
}
